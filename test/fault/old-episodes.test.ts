import { expect } from 'vitest';
import { insertLeaks, insertOtherEvent } from '../support/builders/events.ts';
import { test } from '../support/fixtures.ts';
import { alertIds } from '../support/receivers/parse-alert.ts';
import { NOBODY_LISTENS } from '../support/receivers/receiver.ts';
import type { TestDatabase } from '../support/servers/database.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

const DAY = 86_400;

/** Ends the leaks: their events are gone, and the collector is alive. */
async function endLeaks(database: TestDatabase): Promise<void> {
  await database.query('delete from alm_bulletin_board_data');
  await insertOtherEvent(database, 5);
}

async function closedDaysAgo(database: TestDatabase, days: number): Promise<void> {
  await database.query('update leaktally_state set closed_at = closed_at - ?', [days * DAY]);
}

async function countEpisodes(database: TestDatabase): Promise<number> {
  return (await database.query('select id from leaktally_state')).length;
}

test.for([
  [29, 2],
  [31, 0],
] as const)('of episodes closed %i days ago, %i of 2 are left', async ([days, left], { database, runTo }) => {
  await insertLeaks(database, 2);
  await runTo('none');
  await endLeaks(database);
  await runTo('none');
  await closedDaysAgo(database, days);
  expect((await runTo('none')).code).toBe(0);
  expect(await countEpisodes(database)).toBe(left);
});

test('an episode that is still open is kept, however old', async ({ database, runTo }) => {
  await insertLeaks(database, 1);
  await runTo('none');
  await database.query('update leaktally_state set opened_at = opened_at - ?', [90 * DAY]);
  expect((await runTo('none')).code).toBe(0);
  expect(await countEpisodes(database)).toBe(1);
});

test('an undelivered alert is kept and sent, however long ago its leak ended', async ({
  database,
  receiver,
  runTo,
}) => {
  await insertLeaks(database, 1);
  expect((await runTo(NOBODY_LISTENS)).code).toBe(1);
  const due = await dueAlertIds(database);
  await endLeaks(database);
  expect((await runTo(NOBODY_LISTENS)).code).toBe(1);
  await closedDaysAgo(database, 31);
  expect((await runTo(NOBODY_LISTENS)).code).toBe(1);
  expect(await dueAlertIds(database)).toEqual(due);
  const [sent, after] = [await runTo(receiver.url), await runTo(receiver.url)];
  expect([sent.code, after.code], sent.stderr + after.stderr).toEqual([0, 0]);
  expect(alertIds(receiver.records())).toEqual(due);
});

test('pruning leaves the episodes of other rules alone', async ({ database, runTo }) => {
  await insertLeaks(database, 2);
  await runTo('none', '--rule', 'another');
  await database.query('update leaktally_state set closed_at = opened_at - ?', [31 * DAY]);
  await runTo('none');
  const rows = await database.query(`select id from leaktally_state where rule_name = 'another'`);
  expect(rows).toHaveLength(2);
});
