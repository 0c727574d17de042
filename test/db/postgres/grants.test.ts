import { expect } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { expectOneLineFailure } from '../../support/command/expectations.ts';
import { reportOf } from '../../support/command/json-report.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { applySchema, grantsIn, requestedStatements, runStatements } from '../../support/command/printed-schema.ts';
import { postgresTest } from '../../support/fixtures.ts';
import type { TestDatabase } from '../../support/servers/database.ts';
import type { TestAccount } from '../../support/servers/mariadb-account.ts';
import { createPostgresAccount, POSTGRES_READ_GRANTS } from '../../support/servers/postgres-account.ts';

const test = postgresTest
  .extend('account', async ({ database }, { onCleanup }) => {
    const account = await createPostgresAccount(database);
    onCleanup(() => account.drop());
    return account;
  })
  .extend('applySchema', ({ database, account }) => async (...args: string[]) => {
    return applySchema(database, '--database', account.url, ...args);
  })
  .extend('statusOf', ({ account }) => async (...args: string[]) => {
    return (await reportOf(account, args)).leaks[0]?.status;
  })
  /** Runs that need every kind of statement in the life of an episode. */
  .extend('liveThroughAnEpisode', ({ database, statusOf }) => async (...args: string[]) => {
    expect(await statusOf('--dry-run', ...args)).toBe('new');
    expect(await statusOf(...args)).toBe('new');
    expect(await statusOf(...args)).toBe('known');
    await database.query(`update plixer.alm_bulletin_board_data
      set epoch = epoch + 60, message = replace(message, '120000000', '920000000')`);
    expect(await statusOf('--dry-run', ...args)).toBe('grown');
    expect(await statusOf(...args)).toBe('grown');
    // A row of another kind shows that the collector is alive.
    await database.query(`update plixer.alm_bulletin_board_data set message = 'Another report'`);
    expect(await statusOf(...args)).toBeUndefined();
    await insertLeak(database);
    // Later than what was alerted: old bytes are no news.
    await database.query(`update plixer.alm_bulletin_board_data set epoch = epoch + 90 where message like 'Exceeded%'`);
    expect(await statusOf(...args)).toBe('new');
  });
test.beforeEach(({ database }) => insertLeak(database));

async function grantReading({ query }: TestDatabase, { name }: TestAccount): Promise<void> {
  for (const grant of POSTGRES_READ_GRANTS) await query(grant.replace('$user', name));
}

/** Every table with its number of rows: counted, since the server's statistics lag behind. */
function tablesOf({ query }: TestDatabase): Promise<readonly unknown[]> {
  return query(
    `select schemaname, relname, pg_relation_filenode(relid),
       query_to_xml(format('select count(*) from %I.%I', schemaname, relname), false, true, '')::text as count
     from pg_stat_user_tables order by 1, 2`,
  );
}

test('the statements of --print-schema are enough, and grant nothing but use of the schema and the four tables', async ({
  database,
  applySchema,
  liveThroughAnEpisode,
}) => {
  const granted = grantsIn(await applySchema()).map((grant) =>
    /^grant (.*) on (.*) to "\w+"$/.exec(grant)?.slice(1).join(' on '),
  );
  expect(new Set(granted.map((grant) => grant?.replaceAll('"', '')))).toEqual(
    new Set([
      `connect on database ${database.name}`,
      'usage on schema plixer',
      'select on plixer.alm_bulletin_board_data',
      'select on plixer.domain_index',
      'select, insert, update, delete on plixer.leaktally_state',
      'select, insert, update on plixer.leaktally_state_runs',
    ]),
  );
  await liveThroughAnEpisode();
});

test('they may be run twice', async ({ applySchema, liveThroughAnEpisode }) => {
  await applySchema();
  await applySchema();
  await liveThroughAnEpisode();
});

test('they are enough for state in a schema of its own', async ({ database, applySchema, liveThroughAnEpisode }) => {
  await applySchema('--state-table', 'own.alerts');
  await liveThroughAnEpisode('--state-table', 'own.alerts');
  expect(await database.query('select id from own.alerts')).toHaveLength(2);
});

test('they are enough for events in another schema', async ({ database, applySchema, statusOf }) => {
  await database.query('alter schema plixer rename to "Other_Place"');
  await applySchema('--events-schema', 'Other_Place');
  expect(await statusOf('--events-schema', 'Other_Place')).toBe('new');
  expect(await statusOf('--events-schema', 'Other_Place')).toBe('known');
});

test.for([
  ['leaktally_state', ''],
  ['own.alerts', 'create schema own'],
] as const)(
  'where %s is missing and may not be created, one line gives the statements, and they are enough',
  async ([name, first], { database, account, liveThroughAnEpisode }) => {
    await grantReading(database, account);
    if (first) await database.query(first);
    const refused = await runOn(account, ['--state-table', name]);
    expectOneLineFailure(
      refused,
      /missing.*administrator to run: .*create table.*grant select, insert, update, delete/,
    );
    await runStatements(database, requestedStatements(refused.stderr));
    await liveThroughAnEpisode('--state-table', name);
  },
);

test('a missing schema for the state is named', async ({ database }) => {
  const result = await runOn(database, ['--state-table', 'nowhere.alerts']);
  expectOneLineFailure(result, /nowhere.*--state-table/);
});

test('looking only takes permission to read, and a dry run writes nothing', async ({ database, account }) => {
  await grantReading(database, account);
  const before = await tablesOf(database);
  const looks = [['--dry-run'], ['--as-of', `${Math.floor(Date.now() / 1000)}`], ['--dry-run', '--state-table', 'no']];
  for (const args of looks) {
    for (const target of [account, database]) {
      expect((await reportOf(target, args)).leaks, args.join(' ')).toMatchObject([{ status: 'new' }]);
    }
  }
  expect(await tablesOf(database)).toEqual(before);
});

test('a dry run that may not read the state says so, and shows what it can', async ({ database, account }) => {
  await grantReading(database, account);
  await reportOf(database);
  const { code, stdout, stderr } = await runOn(account, ['--dry-run', '--format', 'csv']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^leaktally: [^\n]*state[^\n]*\n$/) });
  expect(stdout).toContain('10.1.1.5');
});

test('tables are found in the schema that is named, else in plixer, else in the only schema of the search path', async ({
  database,
}) => {
  await database.query(`create schema other; create table other.domain_index (like plixer.domain_index);
    create table other.alm_bulletin_board_data (like plixer.alm_bulletin_board_data)`);
  await database.query(`insert into other.alm_bulletin_board_data select * from plixer.alm_bulletin_board_data;
    update other.alm_bulletin_board_data set violator_address = '\\x0a090909'`);
  const setPath = (path: string) => database.query(`alter database ${database.name} set search_path = ${path}`);
  const sourceOf = async (...args: string[]) => (await reportOf(database, ['--dry-run', ...args])).leaks[0]?.source;
  expect(await sourceOf()).toBe('10.1.1.5');
  expect(await sourceOf('--events-schema', 'other')).toBe('10.9.9.9');
  await setPath('"$user", other');
  expect(await sourceOf()).toBe('10.1.1.5');
  await setPath("''");
  expect(await sourceOf()).toBe('10.1.1.5');
  await database.query('alter schema plixer rename to "the-Real one"');
  await setPath('"$user", other');
  expect(await sourceOf()).toBe('10.9.9.9');
  expect(await sourceOf('--events-schema', '"the-Real one"')).toBe('10.1.1.5');
  await setPath('"$user", other, "the-Real one"');
  expectOneLineFailure(await runOn(database, ['--dry-run']), /"other" and "the-Real one".*--events-schema/);
});
