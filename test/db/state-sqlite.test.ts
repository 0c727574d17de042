import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB, serverNow } from '../support/builders/events.ts';
import { emptyFolder } from '../support/command/command.ts';
import { reportOf, runOn } from '../support/command/report.ts';
import { dump } from '../support/servers/dump.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { createAccount, READ_GRANTS, type TestAccount } from '../support/servers/mariadb-account.ts';

let database: TestDatabase;
let account: TestAccount;
let folder: string;
let state: string[];
beforeAll(async () => {
  database = await createTestDatabase(inject('mariadb'));
  account = await createAccount(database, READ_GRANTS);
  const now = await serverNow(database.connection);
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
});
beforeEach(() => {
  folder = emptyFolder();
  state = ['--state', `sqlite:${join(folder, 'state.db')}`];
});
afterAll(async () => {
  await account.drop();
  await database.drop();
});

test('a state file needs no more than reading from the database, and the second run knows', async () => {
  const before = await dump(database.connection, database.name);
  expect((await reportOf(account, state)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(account, state)).leaks).toMatchObject([{ status: 'known' }]);
  expect((await reportOf(account, [...state, '--dry-run'])).leaks).toMatchObject([{ status: 'known' }]);
  expect((await reportOf(account, [...state, '--rule', 'other'])).leaks).toMatchObject([{ status: 'new' }]);
  expect(await dump(database.connection, database.name)).toEqual(before);
});

test('every file it creates is its owner’s only', async () => {
  await reportOf(account, state);
  expect(existsSync(join(folder, 'state.db'))).toBe(true);
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
});

test('a state file that exists keeps the permissions it was given', async () => {
  await reportOf(account, state);
  chmodSync(join(folder, 'state.db'), 0o640);
  await reportOf(account, state);
  expect(statSync(join(folder, 'state.db')).mode & 0o777).toBe(0o640);
});

test('a relative path is taken from where the command runs', async () => {
  const first = await reportOf(account, ['--state', 'sqlite:state.db'], { cwd: folder });
  expect(first.leaks).toMatchObject([{ status: 'new' }]);
  expect(existsSync(join(folder, 'state.db'))).toBe(true);
});

test('the state file may be named in the environment', async () => {
  const env = { LEAKTALLY_STATE_URL: `sqlite:${join(folder, 'state.db')}` };
  expect((await reportOf(account, [], { env })).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(account, [], { env })).leaks).toMatchObject([{ status: 'known' }]);
});

test('--print-schema shows tables for SQLite and grants for reading only', async () => {
  const { code, stdout } = await runOn(account, [...state, '--print-schema']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/create table [^\n]*"leaktally_state"/i);
  expect(stdout.match(/^grant .*$/gim)).toHaveLength(2);
  expect(readdirSync(folder)).toEqual([]);
});
