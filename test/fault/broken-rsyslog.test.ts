import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base, started } from '../support/fixtures.ts';
import { alertDestinations, alertIds } from '../support/receivers/parse-alert.ts';
import { waitFor, whileFrozen } from '../support/servers/process.ts';
import { startRsyslog } from '../support/servers/rsyslog.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

// One for each test, unlike that of other files: it is frozen and killed.
const test = base.extend('mortal', started(startRsyslog));

test('a frozen rsyslogd: the alert stays due and goes out under the same id when it is back', async ({
  database,
  mortal,
  runTo,
}) => {
  await insertLeaks(database, 1);
  const frozen = await whileFrozen(mortal.pid, () => runTo(`${mortal.tcpUrl}?timeout=2s`));
  const due = await dueAlertIds(database);
  const second = await runTo(mortal.tcpUrl);
  expect([frozen.code, second.code]).toEqual([1, 0]);
  expect(linesOf(frozen.stderr)).toEqual([
    expect.stringMatching(
      /no acknowledgement within 1 s, so the record may or may not have arrived.*1 alert still due/,
    ),
  ]);
  expect(due).toHaveLength(1);
  // What was in the buffers of the frozen receiver arrives too: the same alert under the same id.
  expect(new Set(alertIds(await mortal.waitForRecords(1)))).toEqual(new Set(due));
});

test('an rsyslogd killed during a run: what it did not acknowledge goes out with the next run', async ({
  database,
  receiver,
  mortal,
  runTo,
}) => {
  const destinations = await insertLeaks(database, 300);
  const running = runTo(`${mortal.tcpUrl}?timeout=2s`);
  // The second one is sent after the first has been acknowledged and recorded.
  await waitFor('the first records are there', () => mortal.records().length > 1);
  process.kill(mortal.pid, 'SIGKILL');
  const { code, stderr } = await running;
  const due = await dueAlertIds(database);
  const second = await runTo(receiver.url);
  expect([code, second.code]).toEqual([1, 0]);
  expect(linesOf(stderr)).toEqual([expect.stringContaining(`${due.length} alerts still due`)]);
  expect(due.length).toBeGreaterThan(0);
  expect(due.length).toBeLessThan(destinations.length);
  expect(alertIds(receiver.records()).sort()).toEqual([...due].sort());
});

test('a burst over UDP arrives whole, and the process ends', async ({ database, mortal, runTo }) => {
  const destinations = await insertLeaks(database, 100);
  const { code, stderr } = await runTo(mortal.udpUrl);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const arrived = alertDestinations(await mortal.waitForRecords(100));
  expect(arrived.sort()).toEqual(destinations.sort());
});
