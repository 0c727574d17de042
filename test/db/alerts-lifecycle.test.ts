import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB, serverNow, type TestEvent } from '../support/builders/events.ts';
import { reportOf, runOn } from '../support/command/report.ts';
import { type ReceivedAlert, readAlert } from '../support/receivers/alert.ts';
import { recordsUntilNow } from '../support/receivers/records.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

const DAY = 86_400;

let database: TestDatabase;
let rsyslog: RsyslogServer;
let now: number;
let rule = 0;
beforeAll(async () => {
  [database, rsyslog] = await Promise.all([createTestDatabase(inject('mariadb')), startRsyslog()]);
});
beforeEach(async () => {
  await database.connection.query('truncate table alm_bulletin_board_data');
  now = await serverNow(database.connection);
  rule++; // each test has a state of its own
});
afterAll(() => Promise.all([database.drop(), rsyslog.stop()]));

/** Runs as cron would, and says what the one leak is and how many alerts there are of this rule by now. */
async function run(...args: string[]): Promise<{ status: string | null; alerts: number }> {
  const syslog = ['--syslog', `tcp://127.0.0.1:${rsyslog.port}`, '--rule', `rule ${rule}`];
  const { leaks } = await reportOf(database, [...syslog, ...args]);
  expect(leaks.length).toBeLessThanOrEqual(1);
  const status = leaks[0]?.status ?? null;
  if (status !== null) expect(leaks[0]?.alert).toBe(status === 'known' ? 'none' : 'sent');
  return { status, alerts: (await alerts()).length };
}

async function alerts(): Promise<ReceivedAlert[]> {
  return (await recordsUntilNow(rsyslog)).map(readAlert).filter((alert) => alert.Rule === `rule ${rule}`);
}

async function replaceEvents(...events: TestEvent[]): Promise<void> {
  await database.connection.query('truncate table alm_bulletin_board_data');
  await insertEvents(database.connection, events);
}

/** As if the last alert had been this much earlier. */
async function alertedEarlier(seconds: number): Promise<void> {
  await database.connection.query('update leaktally_state set alerted_at = alerted_at - ?', [seconds]);
}

test('an episode from its first alert to the next', async () => {
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await run()).toEqual({ status: 'new', alerts: 1 });
  expect(await run()).toEqual({ status: 'known', alerts: 1 });

  await insertEvents(database.connection, [{ epoch: now - 200, bytes: 120 * MB - 1 }]);
  expect(await run(), 'a byte less than twice the alerted total').toEqual({ status: 'known', alerts: 1 });
  await insertEvents(database.connection, [{ epoch: now - 100, bytes: 1 }]);
  expect(await run()).toEqual({ status: 'grown', alerts: 2 });
  expect(await run()).toEqual({ status: 'known', alerts: 2 });

  await replaceEvents({ epoch: now - 50, bytes: 50 * MB + 1 });
  expect(await run(), 'above half the threshold it stays open').toEqual({ status: null, alerts: 2 });
  await replaceEvents({ epoch: now - 40, bytes: 130 * MB });
  expect(await run()).toEqual({ status: 'known', alerts: 2 });

  await replaceEvents({ epoch: now - 30, bytes: 50 * MB });
  expect(await run(), 'at half the threshold it closes').toEqual({ status: null, alerts: 2 });
  await replaceEvents({ epoch: now - 20, bytes: 130 * MB });
  expect(await run()).toEqual({ status: 'new', alerts: 3 });

  const received = await alerts();
  expect(received.map((alert) => alert['Total Byte Exfil'])).toEqual(['120000000', '240000000', '130000000']);
  expect(new Set(received.map(({ Alert }) => Alert)).size).toBe(3);
});

test('an episode whose events are all gone closes', async () => {
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await run()).toEqual({ status: 'new', alerts: 1 });
  // A row of another kind shows that the collector is alive.
  await replaceEvents({ epoch: now - 10, policy: 'Another report' });
  expect(await run()).toEqual({ status: null, alerts: 1 });
  await replaceEvents({ epoch: now - 300, bytes: 120 * MB });
  expect(await run()).toEqual({ status: 'new', alerts: 2 });
});

test('after the window a leak that goes on is repeated, old bytes are not', async () => {
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await run()).toEqual({ status: 'new', alerts: 1 });
  await alertedEarlier(DAY);
  expect(await run(), 'nothing new since').toEqual({ status: 'known', alerts: 1 });
  await insertEvents(database.connection, [{ epoch: now - 200, bytes: 1 }]);
  expect(await run()).toEqual({ status: 'repeat', alerts: 2 });
  await insertEvents(database.connection, [{ epoch: now - 100, bytes: 1 }]);
  expect(await run(), 'too soon').toEqual({ status: 'known', alerts: 2 });
  await alertedEarlier(3600);
  expect(await run('--realert-after', '1h')).toEqual({ status: 'repeat', alerts: 3 });
});

test('growth since the last alert is in every form', async () => {
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  const args = ['--rule', `rule ${rule}`, '--syslog', `tcp://127.0.0.1:${rsyslog.port}`];
  expect((await reportOf(database, args)).leaks).toMatchObject([{ status: 'new', growth: null }]);
  await alertedEarlier(6 * 3600);
  await insertEvents(database.connection, [{ epoch: now - 200, bytes: 212 * MB }]);
  const preview = [...args, '--dry-run', '--as-of', `${now}`];
  const [leak] = (await reportOf(database, preview)).leaks;
  expect(leak).toMatchObject({ status: 'grown', growth: { bytes: 212 * MB } });
  expect(Math.abs((leak?.growth?.sinceSeconds ?? 0) - 6 * 3600)).toBeLessThan(60);
  expect((await runOn(database, preview)).stdout).toMatch(/^ +\+212 MB since the last alert 6 h ago$/m);
  expect((await runOn(database, [...preview, '--format', 'csv'])).stdout).toMatch(
    /,grown,would-send,.*,212000000,\d+,\r\n$/,
  );

  expect((await run()).status).toBe('grown');
  expect((await alerts()).map((alert) => alert['Grown by'])).toEqual([
    undefined,
    '212 MB since the last alert 6 h ago',
  ]);
  expect((await reportOf(database, args)).leaks).toMatchObject([{ status: 'known', growth: { bytes: 0 } }]);
});

test('a total that has fallen since the last alert has grown by less than nothing', async () => {
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 150 * MB }]);
  await run();
  await alertedEarlier(DAY);
  await replaceEvents({ epoch: now - 100, bytes: 112 * MB });
  expect(await run()).toEqual({ status: 'repeat', alerts: 2 });
  expect((await alerts())[1]?.['Grown by']).toBe('-38 MB since the last alert 24 h ago');
});

test('growth over another window cannot be told', async () => {
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  await run();
  await insertEvents(database.connection, [{ epoch: now - 200, bytes: 212 * MB }]);
  const target = ['--syslog', `tcp://127.0.0.1:${rsyslog.port}`, '--rule', `rule ${rule}`];
  const { leaks } = await reportOf(database, [...target, '--window', '2d']);
  expect(leaks).toMatchObject([{ status: 'grown', growth: null }]);
});

test('both kinds of repeated alerts can be turned off', async () => {
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await run()).toEqual({ status: 'new', alerts: 1 });
  await alertedEarlier(30 * DAY);
  await insertEvents(database.connection, [{ epoch: now - 200, bytes: 880 * MB }]);
  const off = ['--realert-growth', '0', '--realert-after', 'never'];
  expect(await run(...off)).toEqual({ status: 'known', alerts: 1 });
  expect(await run('--realert-after', 'never', '--realert-growth', '10')).toEqual({ status: 'known', alerts: 1 });
  expect(await run('--realert-after', 'never', '--realert-growth', '8.3')).toEqual({ status: 'grown', alerts: 2 });
});
