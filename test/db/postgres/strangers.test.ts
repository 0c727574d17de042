import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { insertLeaks } from '../../support/builders/events.ts';
import { expectOneLineFailure } from '../../support/command/expectations.ts';
import { reportOf } from '../../support/command/json-report.ts';
import { leaktally, runOn } from '../../support/command/leaktally.ts';
import { type Receiver, startReceiver } from '../../support/receivers/receiver.ts';
import type { TestAccount } from '../../support/servers/mariadb-account.ts';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/servers/postgres.ts';
import { createPostgresAccount, POSTGRES_READ_GRANTS } from '../../support/servers/postgres-account.ts';

/** Another account may make what it likes in the schema public, which is on everybody's path. */
let database: PostgresDatabase;
let account: TestAccount;
let stranger: TestAccount;
let receiver: Receiver;
beforeEach(async () => {
  database = await createPostgresDatabase(inject('postgres'));
  [receiver] = await Promise.all([startReceiver(), insertLeaks(database, 1)]);
  account = await createPostgresAccount(database, [...POSTGRES_READ_GRANTS, 'grant create on schema public to $user']);
  stranger = await createPostgresAccount(database, ['grant create on schema public to $user']);
});
afterEach(async () => {
  await receiver.stop();
  await database.drop();
});

/** Runs statements as the other account. */
async function asStranger(...statements: readonly string[]): Promise<void> {
  await database.client.query(`set role ${stranger.name}`);
  for (const statement of statements) await database.client.query(statement);
  await database.client.query('reset role');
}

test('functions and operators of the same names are not called', async () => {
  const { client } = database;
  await client.query('alter table plixer.alm_bulletin_board_data alter message type varchar(500)');
  await client.query('alter table plixer.alm_bulletin_board_data alter epoch type bigint');
  await asStranger(
    `create function public.strpos(varchar, text) returns int language sql as 'select 0'`,
    `create function public.substr(varchar, int, int) returns text language sql as 'select null::text'`,
    `create function public.never(bigint, int) returns bool language sql as 'select false'`,
    'create operator public.>= (leftarg = bigint, rightarg = int, function = public.never)',
    'create operator public.<= (leftarg = bigint, rightarg = int, function = public.never)',
    `create function public.current_schemas(bool) returns name[] language sql as 'select array[''nowhere'']::name[]'`,
    `create function public.set_config(text, text, bool) returns text language sql as 'select null::text'`,
  );
  expect((await reportOf(account)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(account)).leaks).toMatchObject([{ status: 'known' }]);
});

test("tables of the same names do not stand in for Scrutinizer's", async () => {
  await asStranger(
    'create table public.alm_bulletin_board_data (epoch int, violator_address bytea, destination_address bytea, message text)',
    'grant select on public.alm_bulletin_board_data to public',
  );
  expect((await reportOf(account, ['--dry-run'])).leaks).toHaveLength(1);
});

test.each(['leaktally_state', 'leaktally_state_runs'])('%s of another account is refused', async (table) => {
  await asStranger(
    `create table public.${table} (id text, rule_name text, group_by text, group_key text, opened_at int, closed_at int)`,
    `grant all on public.${table} to public`,
  );
  const expected = new RegExp(`${table} belongs to ${stranger.name}.*--state-table`);
  for (const args of [['--syslog', receiver.url], ['--dry-run']])
    expectOneLineFailure(await runOn(account, args), expected);
  expect(receiver.connections()).toBe(0);
});

test.each(['the database owner', 'a superuser', 'this account'])('a state table of %s is used', async (owner) => {
  await reportOf(database, ['--rule', 'other']);
  const { client } = database;
  for (const table of ['leaktally_state', 'leaktally_state_runs']) {
    await client.query(`grant all on ${table} to ${account.name}`);
    if (owner === 'this account') await client.query(`alter table ${table} owner to ${account.name}`);
    if (owner === 'the database owner') await client.query(`alter table ${table} owner to ${stranger.name}`);
  }
  if (owner === 'the database owner') {
    await client.query(`alter database ${database.name} owner to ${stranger.name}`);
  }
  expect((await reportOf(account)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(account)).leaks).toMatchObject([{ status: 'known' }]);
});

test('names in quotes have dashes and upper case', async () => {
  const { client } = database;
  await client.query('create schema "State-of IT"');
  const args = ['--state-table', '"State-of IT"."Leaks-2"'];
  expect((await reportOf(database, args)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(database, args)).leaks).toMatchObject([{ status: 'known' }]);
  expect((await client.query('select 1 from "State-of IT"."Leaks-2_runs"')).rowCount).toBe(1);
  for (const name of ['a-b', '"a.b"', '"a', 'a"b"', '"a"".b', '""', `"${'a'.repeat(59)}"`, 'a.b.c']) {
    expect((await leaktally(['--dry-run', '--demo', '--state-table', name])).code, name).toBe(2);
  }
});
