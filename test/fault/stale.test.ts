import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, serverNow } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, lines } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';

const DAY = 86_400;

let database: TestDatabase;
let receiver: Receiver;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.stop();
  await database.drop();
});

const run = (...more: string[]) =>
  leaktally(['--database', database.url, '--syslog', receiver.url, ...more], { env: database.env });

/** An alerted leak whose events then all become three days old, as if the collector had stood still since. */
async function alertThenStandStill(): Promise<void> {
  await insertLeaks(database.connection, 1);
  expect((await run()).code).toBe(0);
  await database.connection.query('update alm_bulletin_board_data set epoch = epoch - ?', [3 * DAY]);
}

async function insertOtherEvent(secondsAgo: number): Promise<void> {
  const epoch = (await serverNow(database.connection)) - secondsAgo;
  await insertEvents(database.connection, [{ epoch, policy: 'Another policy', bytes: 1 }]);
}

async function openEpisodes(): Promise<number> {
  const [rows] = await database.connection.query('select id from leaktally_state where closed_at is null');
  return (rows as unknown[]).length;
}

test('an episode is not closed while the data is stale, and the run says how old it is', async () => {
  await alertThenStandStill();
  const { code, stderr } = await run();
  expect(code).toBe(0);
  expect(lines(stderr)).toContainEqual(expect.stringMatching(/warning: the newest event is 72 hours old/));
  expect(await openEpisodes()).toBe(1);
});

test('when the same bytes are back after a standstill, that is no news', async () => {
  await alertThenStandStill();
  await run();
  await database.connection.query('update alm_bulletin_board_data set epoch = epoch + ?', [3 * DAY]);
  expect((await run()).code).toBe(0);
  expect(receiver.records()).toHaveLength(1);
});

test('newer rows of any kind let the episode close, and the next crossing is new', async () => {
  await alertThenStandStill();
  await insertOtherEvent(5);
  expect((await run()).code).toBe(0);
  expect(await openEpisodes()).toBe(0);
  await insertLeaks(database.connection, 1);
  expect((await run()).stdout).toMatch(/ new$/m);
  expect(receiver.records()).toHaveLength(2);
});

test('--fail-if-stale passes while there are newer rows of any kind', async () => {
  await insertOtherEvent(600);
  expect((await run('--fail-if-stale', '1h')).code).toBe(0);
});

test.each([
  ['the newest row is too old', 2 * 3600, /the newest event is 2 hours old/],
  ['there is no row at all', null, /there are no events at all/],
])('--fail-if-stale fails when %s', async (_, age, said) => {
  if (age !== null) await insertOtherEvent(age);
  const { code, stderr } = await run('--fail-if-stale', '1h');
  expect(code).toBe(1);
  expect(stderr).toMatch(said);
});

test('--fail-if-stale does not keep a leak from being alerted and recorded', async () => {
  await insertLeaks(database.connection, 1);
  const first = await run('--fail-if-stale', '5m');
  const second = await run('--fail-if-stale', '1h');
  expect([first.code, second.code]).toEqual([1, 0]);
  expect(receiver.records()).toHaveLength(1);
});

test('--fail-if-stale counts in a dry run too', async () => {
  await insertOtherEvent(2 * 3600);
  expect((await run('--fail-if-stale', '1h', '--dry-run')).code).toBe(1);
});
