import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, lines, parseAlert, pendingAlertIds } from '../support/receivers/alerts.ts';
import { startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { waitFor } from '../support/servers/process.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

let database: TestDatabase;
let rsyslog: RsyslogServer;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  rsyslog = await startRsyslog();
});
afterEach(async () => {
  await database.drop();
  await rsyslog.stop();
});

const run = (syslog: string) => leaktally(['--database', database.url, '--syslog', syslog], { env: database.env });

const idsOf = (records: readonly string[]) => records.map((record) => parseAlert(record).id).sort();

test('a frozen rsyslogd: the alert stays due and goes out under the same id when it is back', async () => {
  await insertLeaks(database.connection, 1);
  process.kill(rsyslog.pid, 'SIGSTOP');
  const frozen = await run(`tcp://127.0.0.1:${rsyslog.port}?timeout=2s`);
  const due = await pendingAlertIds(database.connection);
  process.kill(rsyslog.pid, 'SIGCONT');
  const second = await run(`tcp://127.0.0.1:${rsyslog.port}`);
  expect([frozen.code, second.code]).toEqual([1, 0]);
  expect(lines(frozen.stderr)).toEqual([expect.stringMatching(/no acknowledgement within 2 s.*1 alert still due/)]);
  expect(due).toHaveLength(1);
  // What was in the frozen receiver's buffers arrives too: the same alert, under the same id.
  expect(new Set(idsOf(await rsyslog.waitForRecords(1)))).toEqual(new Set(due));
});

test('an rsyslogd killed amid a run: what it did not acknowledge goes out with the next run', async () => {
  const destinations = await insertLeaks(database.connection, 300);
  const running = run(`tcp://127.0.0.1:${rsyslog.port}?timeout=2s`);
  // The second one is sent when the first has been acknowledged and recorded.
  await waitFor('the first records are there', () => rsyslog.records().length > 1);
  process.kill(rsyslog.pid, 'SIGKILL');
  const { code, stderr } = await running;
  const due = await pendingAlertIds(database.connection);
  const healthy = await startReceiver();
  const second = await run(healthy.url);
  await healthy.stop();
  expect([code, second.code]).toEqual([1, 0]);
  expect(lines(stderr)).toEqual([expect.stringContaining(`${due.length} alerts still due`)]);
  expect(due.length).toBeGreaterThan(0);
  expect(due.length).toBeLessThan(destinations.length);
  expect(idsOf(healthy.records())).toEqual([...due].sort());
});

test('a burst over UDP arrives whole, and the process ends', async () => {
  const destinations = await insertLeaks(database.connection, 100);
  const { code, stderr } = await run(`udp://127.0.0.1:${rsyslog.port}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const arrived = (await rsyslog.waitForRecords(100)).map((record) => parseAlert(record).destination);
  expect(arrived.sort()).toEqual(destinations.sort());
});
