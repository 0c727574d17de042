import { expect } from 'vitest';
import { insertEvents, insertLeak, insertName, insertOtherEvent, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { applySchema, grantsIn } from '../support/command/printed-schema.ts';
import { test as base } from '../support/fixtures.ts';
import { createAccount } from '../support/servers/mariadb-account.ts';

const test = base
  .extend('now', ({ database }) => database.now())
  .extend('statusOf', ({ account }) => async (...args: string[]) => {
    const { leaks } = await reportOf(account, args, { env: { LEAKTALLY_STATE_PASSWORD: account.password } });
    return leaks[0]?.status;
  })
  /** Runs that need every kind of statement in the life of an episode. */
  .extend('liveThroughAnEpisode', ({ database, now, statusOf }) => async (...args: string[]) => {
    expect(await statusOf('--dry-run', ...args)).toBe('new');
    expect(await statusOf(...args)).toBe('new');
    expect(await statusOf(...args)).toBe('known');
    await insertEvents(database, [{ epoch: now - 200, bytes: 880 * MB }]);
    expect(await statusOf(...args)).toBe('grown');
    await database.query('truncate table alm_bulletin_board_data');
    await insertOtherEvent(database, 10);
    expect(await statusOf(...args)).toBeUndefined();
    await insertEvents(database, [{ epoch: now - 100, bytes: 120 * MB }]);
    expect(await statusOf(...args)).toBe('new');
  });
test.beforeEach(async ({ database, now }) => {
  await insertLeak(database);
  await insertName(database, '10.1.1.5', '203.0.113.9', 'a.example.net', now - 300);
});

test('the statements of --print-schema are enough, and grant nothing but use of the four tables', async ({
  database,
  account,
  liveThroughAnEpisode,
}) => {
  const grants = grantsIn(await applySchema(database, '--database', account.url));
  expect(grants).toHaveLength(4);
  for (const grant of grants) {
    expect(grant).toMatch(/^grant [a-z, ]+ on \S+\.\S+ to /);
    expect(grant).not.toContain('*');
    const privileges = /^grant (.+) on /.exec(grant)?.[1];
    if (/alm_bulletin|domain_index/.test(grant)) expect(privileges).toBe('select');
    else expect(privileges).toBe(/_runs\W/.test(grant) ? 'select, insert, update' : 'select, insert, update, delete');
  }
  await liveThroughAnEpisode();
});

test('they are enough for state in a schema of its own', async ({
  database,
  elsewhere,
  account,
  liveThroughAnEpisode,
}) => {
  const table = ['--state-table', `${elsewhere.name}.alerts`];
  await applySchema(database, '--database', account.url, ...table);
  await liveThroughAnEpisode(...table);
});

test('they are enough for two accounts, one that reads and one that keeps state', async ({ elsewhere, account }) => {
  const keeper = await createAccount(elsewhere);
  const urls = ['--database', account.url, '--state', keeper.url];
  await applySchema(elsewhere, ...urls);
  const { leaks } = await reportOf(account, ['--state', keeper.url], {
    env: { LEAKTALLY_STATE_PASSWORD: keeper.password },
  });
  await keeper.drop();
  expect(leaks).toMatchObject([{ status: 'new', fqdns: ['a.example.net'] }]);
});

test('they may be run twice', async ({ database, account, liveThroughAnEpisode }) => {
  await applySchema(database, '--database', account.url);
  await applySchema(database, '--database', account.url);
  await liveThroughAnEpisode();
});

test('looking only takes permission to read: --dry-run needs no state', async ({ reader, now }) => {
  for (const args of [['--dry-run'], ['--as-of', `${now}`], ['--dry-run', '--state-table', 'never_made']]) {
    expect((await reportOf(reader, args)).leaks, args.join(' ')).toMatchObject([{ status: 'new' }]);
  }
});
