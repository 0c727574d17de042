import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB, serverNow } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { lines, parseAlert } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';

const HOUR = 3600;

let database: TestDatabase;
let receiver: Receiver;
let now: number;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  receiver = await startReceiver();
  now = await serverNow(database.connection);
  // The collector is alive: somebody else's event, just now.
  await insertEvents(database.connection, [{ epoch: now - 5, policy: 'Another policy', bytes: 1 }]);
});
afterEach(async () => {
  await receiver.stop();
  await database.drop();
});

async function run(...more: string[]) {
  const args = ['--database', database.url, '--syslog', receiver.url, '--format', 'json', ...more];
  const result = await leaktally(args, { env: database.env });
  return {
    ...result,
    leaks: (JSON.parse(result.stdout) as { leaks: { destination: string; alert: string; status: string }[] }).leaks,
  };
}

/** As if the last completed run had been this long ago. */
async function startOutage(hours: number, ...more: string[]): Promise<void> {
  expect((await run(...more)).code).toBe(0);
  await database.connection.query('update leaktally_state_runs set evaluated_until = ?', [now - hours * HOUR]);
}

/** Two events of 60 MB each, so many hours ago: above the threshold from the second one on. */
async function leak(firstHoursAgo: number, secondHoursAgo: number, destination = '203.0.113.9'): Promise<void> {
  const events = [firstHoursAgo, secondHoursAgo].map((hours) => ({
    epoch: now - Math.round(hours * HOUR),
    destination,
    bytes: 60 * MB,
  }));
  await insertEvents(database.connection, events);
}

const alerts = () => receiver.records().map(parseAlert);

/** The end of a late alert's window, in hours ago. */
function hoursAgo(window: string): number {
  const time = /^24h to (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(window)?.[1];
  return (now - Date.parse(time ?? 'none') / 1000) / HOUR;
}

test('a leak in the middle of an outage of three days is alerted once, with a time at which it was one', async () => {
  await startOutage(72);
  await leak(37, 36.5);
  const first = await run();
  const second = await run();
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(lines(first.stderr)).toContainEqual(expect.stringContaining('catching up'));
  expect(lines(second.stderr)).not.toContainEqual(expect.stringContaining('catching up'));
  expect(first.leaks).toMatchObject([{ destination: '203.0.113.9', status: 'new', alert: 'sent' }]);
  expect(alerts()).toHaveLength(1);
  const seen = hoursAgo(alerts()[0]?.window ?? '');
  expect(seen).toBeLessThanOrEqual(36.5);
  expect(seen).toBeGreaterThanOrEqual(13);
});

test('--no-catch-up looks at now only', async () => {
  await startOutage(72);
  await leak(37, 36.5);
  const { code, leaks } = await run('--no-catch-up');
  expect({ code, leaks }).toEqual({ code: 0, leaks: [] });
  expect(receiver.records()).toEqual([]);
});

// 60 MB events this far apart are both in the window for little more than a twelfth of it, at any phase of the steps.
test.each([50, 49.5, 49, 48.5, 48])(
  'a leak that ended %f hours ago and was one for a little over two hours',
  async (end) => {
    await startOutage(72);
    await leak(end, end - 21.9);
    expect((await run()).code).toBe(0);
    expect(alerts()).toHaveLength(1);
  },
);

test('a leak that began in the outage and goes on is reported once and alerted once', async () => {
  await startOutage(72, '--realert-after', 'never');
  await leak(37, 36.5);
  await leak(20, 19);
  await leak(0.3, 0.2);
  await database.connection.query(
    `update alm_bulletin_board_data set message = replace(message, ': 60000000', ': 30000000') where epoch > ?`,
    [now - 21 * HOUR],
  );
  const { code, leaks } = await run('--realert-after', 'never');
  expect(code).toBe(0);
  expect(leaks).toHaveLength(1);
  expect(leaks).toMatchObject([{ destination: '203.0.113.9', status: 'new', alert: 'sent' }]);
  expect(alerts()).toHaveLength(1);
});

test('two crossings in one outage are two alerts', async () => {
  await startOutage(144);
  await leak(110, 109);
  await leak(50, 49);
  const { code } = await run();
  expect(code).toBe(0);
  const seen = alerts().map(({ window }) => hoursAgo(window));
  expect(seen).toHaveLength(2);
  expect(seen[0]).toBeGreaterThan(49);
  expect(seen[1]).toBeLessThanOrEqual(49);
  expect(new Set(alerts().map(({ id }) => id)).size).toBe(2);
});

test('what one run may not catch up, the next runs do', async () => {
  const window = ['--window', '1h'];
  await startOutage(40, ...window);
  await leak(39.5, 39.2, '203.0.113.1');
  await leak(3, 2.8, '203.0.113.2');
  const first = await run(...window);
  expect(first.code).toBe(0);
  expect(lines(first.stderr)).toContainEqual(expect.stringContaining('the next run continues'));
  expect(alerts().map(({ destination }) => destination)).toEqual(['203.0.113.1']);
  for (let more = 0; more < 2; more++) expect((await run(...window)).code).toBe(0);
  expect(alerts().map(({ destination }) => destination)).toEqual(['203.0.113.1', '203.0.113.2']);
});

test('a leak of the outage whose alert fails goes out with the next run, under the same id', async () => {
  await startOutage(72);
  await leak(37, 36.5);
  const broken = await startReceiver(({ read, socket }) => read().then(() => socket.resetAndDestroy()));
  const failed = await run('--syslog', broken.url);
  await broken.stop();
  expect(failed.code).toBe(1);
  expect(failed.leaks).toMatchObject([{ destination: '203.0.113.9', alert: 'failed' }]);
  expect((await run()).code).toBe(0);
  expect(alerts()).toHaveLength(1);
  expect(new Set([...broken.records(), ...receiver.records()].map((record) => parseAlert(record).id)).size).toBe(1);
  const seen = hoursAgo(alerts()[0]?.window ?? '');
  expect(seen).toBeLessThanOrEqual(36.5);
  expect(seen).toBeGreaterThanOrEqual(13);
});
