import { expect } from 'vitest';
import { insertEvents, insertLeaks, insertOtherEvent, MB } from '../support/builders/events.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';
import type { TestDatabase } from '../support/servers/database.ts';

const DAY = 86_400;

/** Alerts a leak and makes its events three days old, as if the collector had been down since. @returns its destination */
const test = base.extend('alertBeforeOutage', ({ database, run }) => async () => {
  const [destination] = await insertLeaks(database, 1);
  expect((await run()).code).toBe(0);
  await database.query('update alm_bulletin_board_data set epoch = epoch - ?', [3 * DAY]);
  return destination as string;
});

async function openEpisodes(database: TestDatabase): Promise<number> {
  return (await database.query('select id from leaktally_state where closed_at is null')).length;
}

test('an episode is not closed while the data is stale, and the run says how old it is', async ({
  database,
  run,
  alertBeforeOutage,
}) => {
  await alertBeforeOutage();
  const { code, stderr } = await run();
  expect(code).toBe(0);
  expect(linesOf(stderr)).toContainEqual(
    expect.stringMatching(/the newest event is 72 hours old .*kept open.*; check that the collector runs/),
  );
  expect(await openEpisodes(database)).toBe(1);
});

test('the same bytes after an outage of the collector are no news', async ({
  database,
  receiver,
  run,
  alertBeforeOutage,
}) => {
  await alertBeforeOutage();
  await run();
  await database.query('update alm_bulletin_board_data set epoch = epoch + ?', [3 * DAY]);
  expect((await run()).code).toBe(0);
  expect(receiver.records()).toHaveLength(1);
});

test('newer rows of any kind let the episode close, and the next crossing is new', async ({
  database,
  receiver,
  run,
  alertBeforeOutage,
}) => {
  const destination = await alertBeforeOutage();
  await insertOtherEvent(database, 5);
  expect((await run()).code).toBe(0);
  expect(await openEpisodes(database)).toBe(0);
  // Later than the events that were alerted, however fast the runs were.
  await insertEvents(database, [{ epoch: (await database.now()) - 300, destination, bytes: 120 * MB }]);
  expect((await run()).stdout).toMatch(/ new$/m);
  expect(receiver.records()).toHaveLength(2);
});

test('--fail-if-stale passes while there are newer rows of any kind', async ({ database, run }) => {
  await insertEvents(database, [{ epoch: (await database.now()) - 20 * 3600, bytes: 1 }]);
  await insertOtherEvent(database, 600);
  expect((await run('--fail-if-stale', '1h')).code).toBe(0);
});

test.for([
  ['24h', 1],
  ['2d', 1],
  ['1410m', 0],
] as const)('no event of the policy in %s: --fail-if-stale exits %i', async ([window, exitCode], { database, run }) => {
  await insertOtherEvent(database, 600);
  const { code, stderr } = await run('--fail-if-stale', '1h', '--window', window, '--policy', 'Renamed');
  expect(code).toBe(exitCode);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/no event in the last .* contains "Renamed".*--policy/)]);
});

test('without --fail-if-stale, no event of the policy is said and fails nothing', async ({ database, run }) => {
  await insertOtherEvent(database, 600);
  expect(await run()).toMatchObject({ code: 0, stderr: expect.stringMatching(/^leaktally: no event .*--policy/) });
});

test.for([
  ['the newest row is too old', 2 * 3600, /the newest event is 2 hours old/],
  ['there is no row at all', null, /there are no events at all/],
] as const)('--fail-if-stale fails when %s', async ([, age, said], { database, run }) => {
  if (age !== null) await insertOtherEvent(database, age);
  const { code, stderr } = await run('--fail-if-stale', '1h');
  expect(code).toBe(1);
  expect(stderr).toMatch(said);
});

test('--fail-if-stale does not keep a leak from being alerted and recorded', async ({ database, receiver, run }) => {
  await insertLeaks(database, 1);
  const first = await run('--fail-if-stale', '5m');
  const second = await run('--fail-if-stale', '1h');
  expect([first.code, second.code]).toEqual([1, 0]);
  expect(receiver.records()).toHaveLength(1);
});

test('--fail-if-stale counts in a dry run too', async ({ database, run }) => {
  await insertOtherEvent(database, 2 * 3600);
  expect((await run('--fail-if-stale', '1h', '--dry-run')).code).toBe(1);
});
