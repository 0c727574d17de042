import { expect } from 'vitest';
import { insertLeaks, insertOtherEvent } from '../support/builders/events.ts';
import { runOn } from '../support/command/leaktally.ts';
import { test as base } from '../support/fixtures.ts';
import { alertIds } from '../support/receivers/parse-alert.ts';
import { NOBODY_LISTENS } from '../support/receivers/receiver.ts';
import type { TestDatabase } from '../support/servers/database.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

const DAY = 86_400;

const test = base.extend('run', ({ database }) => async (syslog: string, ...more: string[]) => {
  return runOn(database, ['--syslog', syslog, ...more]);
});

/** Ends the leaks: their events go, and the collector is alive. */
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
] as const)('of episodes closed %i days ago, %i of 2 are left', async ([days, left], { database, run }) => {
  await insertLeaks(database, 2);
  await run('none');
  await endLeaks(database);
  await run('none');
  await closedDaysAgo(database, days);
  expect((await run('none')).code).toBe(0);
  expect(await countEpisodes(database)).toBe(left);
});

test('an episode that is still open is kept, however old', async ({ database, run }) => {
  await insertLeaks(database, 1);
  await run('none');
  await database.query('update leaktally_state set opened_at = opened_at - ?', [90 * DAY]);
  expect((await run('none')).code).toBe(0);
  expect(await countEpisodes(database)).toBe(1);
});

test('an undelivered alert is kept and sent, however long ago its leak ended', async ({ database, receiver, run }) => {
  await insertLeaks(database, 1);
  expect((await run(NOBODY_LISTENS)).code).toBe(1);
  const due = await dueAlertIds(database);
  await endLeaks(database);
  expect((await run(NOBODY_LISTENS)).code).toBe(1);
  await closedDaysAgo(database, 31);
  expect((await run(NOBODY_LISTENS)).code).toBe(1);
  expect(await dueAlertIds(database)).toEqual(due);
  const [sent, after] = [await run(receiver.url), await run(receiver.url)];
  expect([sent.code, after.code], sent.stderr + after.stderr).toEqual([0, 0]);
  expect(alertIds(receiver.records())).toEqual(due);
});

test('pruning leaves the episodes of other rules alone', async ({ database, run }) => {
  await insertLeaks(database, 2);
  await run('none', '--rule', 'another');
  await database.query('update leaktally_state set closed_at = opened_at - ?', [31 * DAY]);
  await run('none');
  const rows = await database.query(`select id from leaktally_state where rule_name = 'another'`);
  expect(rows).toHaveLength(2);
});
