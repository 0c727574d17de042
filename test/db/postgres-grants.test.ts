import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { expectOneLineFailure } from '../support/command/expectations.ts';
import { reportOf, runOn } from '../support/command/report.ts';
import type { TestAccount } from '../support/servers/mariadb-account.ts';
import { createPostgresDatabase, type PostgresDatabase } from '../support/servers/postgres.ts';
import { createPostgresAccount, POSTGRES_READ_GRANTS } from '../support/servers/postgres-account.ts';
import { insertPostgresLeaks } from '../support/servers/postgres-scan.ts';

let database: PostgresDatabase;
let account: TestAccount;
beforeEach(async () => {
  database = await createPostgresDatabase(inject('postgres'));
  account = await createPostgresAccount(database);
  await insertPostgresLeaks(database);
});
afterEach(async () => {
  await account.drop();
  await database.close();
});

/** What an administrator would run: statement by statement, without comments. */
function statementsOf(text: string): string[] {
  const statements = text.replace(/^--.*$/gm, '').split(/;\s/);
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}

async function applySchema(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await leaktally(['--print-schema', '--database', account.url, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const statements = statementsOf(stdout);
  for (const statement of statements) await database.client.query(statement);
  return statements;
}

async function statusOf(...args: string[]): Promise<string | undefined> {
  return (await reportOf(account, args)).leaks[0]?.status;
}

/** Every kind of statement that the runs of an episode's life need. */
async function liveThroughAnEpisode(...args: string[]): Promise<void> {
  const { client } = database;
  expect(await statusOf('--dry-run', ...args)).toBe('new');
  expect(await statusOf(...args)).toBe('new');
  expect(await statusOf(...args)).toBe('known');
  await client.query(`update plixer.alm_bulletin_board_data
    set epoch = epoch + 60, message = replace(message, '120000000', '920000000')`);
  expect(await statusOf('--dry-run', ...args)).toBe('grown');
  expect(await statusOf(...args)).toBe('grown');
  // A row of another kind shows that the collector is alive.
  await client.query(`update plixer.alm_bulletin_board_data set message = 'Another report'`);
  expect(await statusOf(...args)).toBeUndefined();
  await insertPostgresLeaks(database);
  expect(await statusOf(...args)).toBe('new');
}

/** Every table with its number of rows, counted: the statistics of the server come late. */
async function tables(): Promise<unknown[]> {
  const { rows } = await database.client.query(
    `select schemaname, relname, pg_relation_filenode(relid),
       query_to_xml(format('select count(*) from %I.%I', schemaname, relname), false, true, '')::text as count
     from pg_stat_user_tables order by 1, 2`,
  );
  return rows;
}

test('what --print-schema prints is enough, and grants nothing but use of the schema and the four tables', async () => {
  const grants = (await applySchema()).filter((statement) => statement.startsWith('grant'));
  const granted = grants.map((grant) => /^grant (.*) on (.*) to "\w+"$/.exec(grant)?.slice(1).join(' on '));
  expect(granted.map((grant) => grant?.replaceAll('"', '')).sort()).toEqual([
    'select on plixer.alm_bulletin_board_data',
    'select on plixer.domain_index',
    'select, insert, update on leaktally_state_runs',
    'select, insert, update, delete on leaktally_state',
    'usage on schema plixer',
  ]);
  await liveThroughAnEpisode();
});

test('it may be run twice, and by an administrator who works in the schema plixer', async () => {
  await database.client.query('set search_path = plixer');
  await applySchema();
  await applySchema();
  await liveThroughAnEpisode();
});

test('it is enough for state in a schema of its own', async () => {
  await database.client.query('create schema own');
  await applySchema('--state-table', 'own.alerts');
  await liveThroughAnEpisode('--state-table', 'own.alerts');
  expect((await database.client.query('select id from own.alerts')).rowCount).toBe(2);
});

test('it is enough for events in another schema', async () => {
  await database.client.query('alter schema plixer rename to "Other_Place"');
  await applySchema('--events-schema', 'Other_Place');
  expect(await statusOf('--events-schema', 'Other_Place')).toBe('new');
  expect(await statusOf('--events-schema', 'Other_Place')).toBe('known');
});

test.each([
  ['leaktally_state', ''],
  ['own.alerts', 'create schema own'],
])(
  'where %s is missing and may not be created, one line has the statements, and they are enough',
  async (name, first) => {
    for (const grant of POSTGRES_READ_GRANTS) await database.client.query(grant.replace('$user', account.name));
    if (first) await database.client.query(first);
    const refused = await runOn(account, ['--state-table', name]);
    expectOneLineFailure(
      refused,
      /missing.*administrator to run: .*create table.*grant select, insert, update, delete/,
    );
    const printed = /administrator to run: (.*)$/m.exec(refused.stderr)?.[1] ?? '';
    for (const statement of statementsOf(`${printed}\n`)) await database.client.query(statement);
    await liveThroughAnEpisode('--state-table', name);
  },
);

test('a schema for the state that does not exist is named', async () => {
  const result = await runOn(database, ['--state-table', 'nowhere.alerts']);
  expectOneLineFailure(result, /nowhere.*--state-table/);
});

test('to look is enough to be allowed to read, and a dry run writes nothing', async () => {
  for (const grant of POSTGRES_READ_GRANTS) await database.client.query(grant.replace('$user', account.name));
  const before = await tables();
  const looks = [['--dry-run'], ['--as-of', `${Math.floor(Date.now() / 1000)}`], ['--dry-run', '--state-table', 'no']];
  for (const args of looks) {
    for (const target of [account, database]) {
      expect((await reportOf(target, args)).leaks, args.join(' ')).toMatchObject([{ status: 'new' }]);
    }
  }
  expect(await tables()).toEqual(before);
});

test('a dry run that may not read the state says so, and shows what it can', async () => {
  for (const grant of POSTGRES_READ_GRANTS) await database.client.query(grant.replace('$user', account.name));
  await reportOf(database);
  const { code, stdout, stderr } = await runOn(account, ['--dry-run', '--format', 'csv']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^leaktally: [^\n]*state[^\n]*\n$/) });
  expect(stdout).toContain('10.1.1.5');
});

test('tables are found by the search path first, then in plixer, or in the schema that is named', async () => {
  const { client } = database;
  await client.query(`create schema other; create table other.domain_index (like plixer.domain_index);
    create table other.alm_bulletin_board_data (like plixer.alm_bulletin_board_data)`);
  await client.query(`insert into other.alm_bulletin_board_data select * from plixer.alm_bulletin_board_data;
    update other.alm_bulletin_board_data set violator_address = '\\x0a090909'`);
  const sourceOf = async (...args: string[]) => (await reportOf(database, ['--dry-run', ...args])).leaks[0]?.source;
  expect(await sourceOf()).toBe('10.1.1.5');
  expect(await sourceOf('--events-schema', 'other')).toBe('10.9.9.9');
  await client.query(`alter database ${database.name} set search_path = "$user", other`);
  expect(await sourceOf()).toBe('10.9.9.9');
  expect(await sourceOf('--events-schema', 'plixer')).toBe('10.1.1.5');
  await client.query(`alter database ${database.name} set search_path = ''`);
  expect(await sourceOf()).toBe('10.1.1.5');
});
