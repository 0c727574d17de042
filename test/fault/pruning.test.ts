import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, serverNow } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, parseAlert, pendingAlertIds } from '../support/receivers/alerts.ts';
import { startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';

const DAY = 86_400;

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
});
afterEach(() => database.drop());

const run = (syslog: string, ...more: string[]) =>
  leaktally(['--database', database.url, '--syslog', syslog, ...more], { env: database.env });

/** Ends the leaks: their events go, and the collector is alive. */
async function endLeaks(): Promise<void> {
  await database.connection.query('delete from alm_bulletin_board_data');
  const epoch = (await serverNow(database.connection)) - 5;
  await insertEvents(database.connection, [{ epoch, policy: 'Another policy', bytes: 1 }]);
}

async function closedDaysAgo(days: number): Promise<void> {
  await database.connection.query('update leaktally_state set closed_at = closed_at - ?', [days * DAY]);
}

async function episodes(): Promise<number> {
  const [rows] = await database.connection.query('select id from leaktally_state');
  return (rows as unknown[]).length;
}

test.each([
  [29, 2],
  [31, 0],
])('of episodes closed %i days ago, %i of 2 are left', async (days, left) => {
  await insertLeaks(database.connection, 2);
  await run('none');
  await endLeaks();
  await run('none');
  await closedDaysAgo(days);
  expect((await run('none')).code).toBe(0);
  expect(await episodes()).toBe(left);
});

test('an episode that is still open is kept, however old', async () => {
  await insertLeaks(database.connection, 1);
  await run('none');
  await database.connection.query('update leaktally_state set opened_at = opened_at - ?', [90 * DAY]);
  expect((await run('none')).code).toBe(0);
  expect(await episodes()).toBe(1);
});

test('an undelivered alert is kept and sent, however long ago its leak ended', async () => {
  await insertLeaks(database.connection, 1);
  const dead = 'tcp://127.0.0.1:1?timeout=2s';
  expect((await run(dead)).code).toBe(1);
  const due = await pendingAlertIds(database.connection);
  await endLeaks();
  expect((await run(dead)).code).toBe(1);
  await closedDaysAgo(31);
  expect((await run(dead)).code).toBe(1);
  expect(await pendingAlertIds(database.connection)).toEqual(due);
  const receiver = await startReceiver();
  const [sent, after] = [await run(receiver.url), await run(receiver.url)];
  await receiver.stop();
  expect([sent.code, after.code], sent.stderr + after.stderr).toEqual([0, 0]);
  expect(receiver.records().map((record) => parseAlert(record).id)).toEqual(due);
});

test('pruning leaves the episodes of other rules alone', async () => {
  await insertLeaks(database.connection, 2);
  await run('none', '--rule', 'another');
  await database.connection.query('update leaktally_state set closed_at = opened_at - ?', [31 * DAY]);
  await run('none');
  const [rows] = await database.connection.query(`select id from leaktally_state where rule_name = 'another'`);
  expect(rows).toHaveLength(2);
});
