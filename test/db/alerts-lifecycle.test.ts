import { expect } from 'vitest';
import { insertEvents, MB, type TestEvent } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { test as base } from '../support/fixtures.ts';
import { parseAlert } from '../support/receivers/parse-alert.ts';
import { recordsFromNow } from '../support/receivers/rsyslog-records.ts';
import type { TestDatabase } from '../support/servers/database.ts';
import { moveAlertsBack } from '../support/servers/state-tables.ts';

const DAY = 86_400;

const test = base
  .extend('now', ({ database }) => database.now())
  .extend('receivedAlerts', async ({ rsyslog }) => {
    const newRecords = await recordsFromNow(rsyslog);
    return async () => (await newRecords()).map(parseAlert);
  })
  /** The status of the one leak after another run, and the number of alerts so far. */
  .extend('summaryOf', ({ database, rsyslog, receivedAlerts }) => async (...args: string[]) => {
    const { leaks } = await reportOf(database, ['--syslog', rsyslog.tcpUrl, ...args]);
    expect(leaks.length).toBeLessThanOrEqual(1);
    const status = leaks[0]?.status ?? null;
    if (status !== null) expect(leaks[0]?.alert).toBe(status === 'known' ? 'none' : 'sent');
    return { status, alerts: (await receivedAlerts()).length };
  });

async function replaceEvents(database: TestDatabase, ...events: TestEvent[]): Promise<void> {
  await database.query('truncate table alm_bulletin_board_data');
  await insertEvents(database, events);
}

test('an episode from its first alert to the next', async ({ database, now, summaryOf, receivedAlerts }) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await summaryOf()).toEqual({ status: 'new', alerts: 1 });
  expect(await summaryOf()).toEqual({ status: 'known', alerts: 1 });

  await insertEvents(database, [{ epoch: now - 200, bytes: 120 * MB - 1 }]);
  expect(await summaryOf(), 'a byte less than twice the alerted total').toEqual({ status: 'known', alerts: 1 });
  await insertEvents(database, [{ epoch: now - 100, bytes: 1 }]);
  expect(await summaryOf()).toEqual({ status: 'grown', alerts: 2 });
  expect(await summaryOf()).toEqual({ status: 'known', alerts: 2 });

  await replaceEvents(database, { epoch: now - 50, bytes: 50 * MB + 1 });
  expect(await summaryOf(), 'above half the threshold it stays open').toEqual({ status: null, alerts: 2 });
  await replaceEvents(database, { epoch: now - 40, bytes: 130 * MB });
  expect(await summaryOf()).toEqual({ status: 'known', alerts: 2 });

  await replaceEvents(database, { epoch: now - 30, bytes: 50 * MB });
  expect(await summaryOf(), 'at half the threshold it closes').toEqual({ status: null, alerts: 2 });
  await replaceEvents(database, { epoch: now - 20, bytes: 130 * MB });
  expect(await summaryOf()).toEqual({ status: 'new', alerts: 3 });

  const received = await receivedAlerts();
  expect(received.map((alert) => alert['Total Byte Exfil'])).toEqual(['120000000', '240000000', '130000000']);
  expect(new Set(received.map(({ Alert }) => Alert)).size).toBe(3);
});

test('an episode whose events are all gone closes', async ({ database, now, summaryOf }) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await summaryOf()).toEqual({ status: 'new', alerts: 1 });
  // A row of another kind shows that the collector is alive.
  await replaceEvents(database, { epoch: now - 10, policy: 'Another report' });
  expect(await summaryOf()).toEqual({ status: null, alerts: 1 });
  await replaceEvents(database, { epoch: now - 300, bytes: 120 * MB });
  expect(await summaryOf(), 'the bytes of the last alert').toEqual({ status: 'known', alerts: 1 });
  await replaceEvents(database, { epoch: now - 299, bytes: 120 * MB });
  expect(await summaryOf()).toEqual({ status: 'new', alerts: 2 });
});

test('a leak that goes on is alerted again after the window, old bytes are not', async ({
  database,
  now,
  summaryOf,
}) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await summaryOf()).toEqual({ status: 'new', alerts: 1 });
  await moveAlertsBack(database, DAY);
  expect(await summaryOf(), 'nothing new since').toEqual({ status: 'known', alerts: 1 });
  await insertEvents(database, [{ epoch: now - 200, bytes: 1 }]);
  expect(await summaryOf()).toEqual({ status: 'repeat', alerts: 2 });
  await insertEvents(database, [{ epoch: now - 100, bytes: 1 }]);
  expect(await summaryOf(), 'too soon').toEqual({ status: 'known', alerts: 2 });
  await moveAlertsBack(database, 3600);
  expect(await summaryOf('--realert-after', '1h')).toEqual({ status: 'repeat', alerts: 3 });
});

test('every format shows the growth since the last alert', async ({
  database,
  rsyslog,
  now,
  summaryOf,
  receivedAlerts,
}) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  const args = ['--syslog', rsyslog.tcpUrl];
  expect((await reportOf(database, args)).leaks).toMatchObject([{ status: 'new', growth: null }]);
  await moveAlertsBack(database, 6 * 3600);
  await insertEvents(database, [{ epoch: now - 200, bytes: 212 * MB }]);
  const preview = [...args, '--dry-run', '--as-of', `${now}`];
  const [leak] = (await reportOf(database, preview)).leaks;
  expect(leak).toMatchObject({ status: 'grown', growth: { bytes: 212 * MB } });
  expect(Math.abs((leak?.growth?.sinceSeconds ?? 0) - 6 * 3600)).toBeLessThan(60);
  expect((await runOn(database, preview)).stdout).toMatch(/^ +\+212 MB since the last alert 6 h ago$/m);
  expect((await runOn(database, [...preview, '--format', 'csv'])).stdout).toMatch(
    /,grown,would-send,.*,212000000,\d+,100000000,,0,,,,\r\n$/,
  );

  expect((await summaryOf()).status).toBe('grown');
  expect((await receivedAlerts()).map((alert) => alert['Grown by'])).toEqual([
    undefined,
    '212 MB since the last alert 6 h ago',
  ]);
  expect((await reportOf(database, args)).leaks).toMatchObject([{ status: 'known', growth: { bytes: 0 } }]);
});

test('a total that has fallen since the last alert has negative growth', async ({
  database,
  now,
  summaryOf,
  receivedAlerts,
}) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 150 * MB }]);
  await summaryOf();
  await moveAlertsBack(database, DAY);
  await replaceEvents(database, { epoch: now - 100, bytes: 112 * MB });
  expect(await summaryOf()).toEqual({ status: 'repeat', alerts: 2 });
  expect((await receivedAlerts())[1]?.['Grown by']).toBe('-38 MB since the last alert 24 h ago');
});

test('growth since an alert over another window is unknown', async ({ database, rsyslog, now, summaryOf }) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  await summaryOf();
  await insertEvents(database, [{ epoch: now - 200, bytes: 212 * MB }]);
  const { leaks } = await reportOf(database, ['--syslog', rsyslog.tcpUrl, '--window', '2d']);
  expect(leaks).toMatchObject([{ status: 'grown', growth: null }]);
});

test('both kinds of repeated alerts can be turned off', async ({ database, now, summaryOf }) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await summaryOf()).toEqual({ status: 'new', alerts: 1 });
  await moveAlertsBack(database, 30 * DAY);
  await insertEvents(database, [{ epoch: now - 200, bytes: 880 * MB }]);
  const off = ['--realert-growth', 'none', '--realert-after', 'none'];
  expect(await summaryOf(...off)).toEqual({ status: 'known', alerts: 1 });
  expect(await summaryOf('--realert-after', 'none', '--realert-growth', '10')).toEqual({ status: 'known', alerts: 1 });
  expect(await summaryOf('--realert-after', 'none', '--realert-growth', '8.3')).toEqual({
    status: 'grown',
    alerts: 2,
  });
});
