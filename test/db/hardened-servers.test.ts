import { expect, inject } from 'vitest';
import { insertLeak, insertName } from '../support/builders/events.ts';
import { expectOneLineFailure } from '../support/command/expectations.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn, type Target } from '../support/command/leaktally.ts';
import { applySchema, applyScript, printedSchema } from '../support/command/printed-schema.ts';
import { test as base, started } from '../support/fixtures.ts';
import { runOnClient } from '../support/servers/clients.ts';
import type { TestDatabase } from '../support/servers/database.ts';
import { createDeputy, hardenMariadb, hardenPostgres, newAccountUrl } from '../support/servers/hardened.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { createPostgresDatabase } from '../support/servers/postgres.ts';

const test = base
  // Its rules for passwords would refuse the accounts of other tests.
  .extend('mariadb', { scope: 'file' }, started(startMariadb))
  .extend('onMariadb', async ({ database }) => {
    await insertNamedLeak(database);
    return { database, admin: await hardenMariadb(database, database.name, `${database.name}_state`) };
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the dependencies of a fixture from this pattern.
  .extend('onPostgres', async ({}, { onCleanup }) => {
    const database = await createPostgresDatabase(inject('postgres'));
    onCleanup(() => database.drop());
    await insertNamedLeak(database);
    return { database, admin: await hardenPostgres(database) };
  });

async function insertNamedLeak(database: TestDatabase): Promise<void> {
  await insertLeak(database);
  await insertName(database, '10.1.1.5', '203.0.113.9', 'a.example.net', (await database.now()) - 300);
}

/** The password that a script for MariaDB gives the account. */
function passwordIn(script: string): string {
  return /^create user .* identified by '(.*)';$/m.exec(script)?.[1] ?? '';
}

/** Gives a new role of PostgreSQL its password, as the script asks for. */
async function setPassword(admin: Target, url: string): Promise<string> {
  const password = 'Set-Afterwards1';
  await applyScript(admin, `alter role "${new URL(url).username}" password '${password}';`);
  return password;
}

/** All that an account needs is there: for events, names and state. */
async function expectToWork(url: string, password: string, args: readonly string[] = [], statePassword = password) {
  const env = { LEAKTALLY_DATABASE_PASSWORD: password, LEAKTALLY_STATE_PASSWORD: statePassword };
  const statusOf = async (...more: string[]) => (await reportOf({ url, env }, [...args, ...more])).leaks;
  expect(await statusOf('--dry-run')).toMatchObject([{ status: 'new', fqdns: ['a.example.net'] }]);
  expect(await statusOf()).toMatchObject([{ status: 'new' }]);
  expect(await statusOf()).toMatchObject([{ status: 'known' }]);
}

test.for([
  ['in one database', []],
  ['with the state in a schema of its own', ['--state-table', 'own.alerts']],
] as const)('the scripts for PostgreSQL work as they stand: %s', async ([, args], { onPostgres }) => {
  const { admin } = onPostgres;
  const url = newAccountUrl(admin);
  await applySchema(admin, '--database', url, ...args);
  await expectToWork(url, await setPassword(admin, url), args);
});

test('they work for an administrator who is a member of the owner, and for any search path', async ({ onPostgres }) => {
  const { database, admin } = onPostgres;
  const deputy = await createDeputy(database, admin);
  await database.query(`alter database ${database.name} set search_path = plixer`);
  const url = newAccountUrl(admin);
  await applySchema(deputy, '--database', url);
  await expectToWork(url, await setPassword(deputy, url));
});

test('they work for state in another database, which the script creates', async ({ onPostgres }) => {
  const { database, admin } = onPostgres;
  const url = newAccountUrl(admin);
  const args = ['--state', newAccountUrl(admin, `${database.name}_state`)];
  await applySchema(admin, '--database', url, ...args);
  const password = await setPassword(admin, url);
  await expectToWork(url, password, args, await setPassword(admin, args[1] as string));
});

test.for([
  ['in one database', () => []],
  ['with the state in a database of its own', (name: string) => ['--state-table', `${name}_state.alerts`]],
] as const)('the scripts for MariaDB work as they stand: %s', async ([, argsFor], { onMariadb }) => {
  const { database, admin } = onMariadb;
  const [url, args] = [newAccountUrl(admin), argsFor(database.name)];
  const script = await applySchema(admin, '--database', url, ...args);
  await expectToWork(url, passwordIn(script), args);
});

test('two servers take one script each: events on MariaDB, state on PostgreSQL', async ({ onMariadb, onPostgres }) => {
  const [url, stateUrl] = [newAccountUrl(onMariadb.admin), newAccountUrl(onPostgres.admin)];
  const [events, state] = await printedSchema('--database', url, '--state', stateUrl);
  await applyScript(onMariadb.admin, events);
  await applyScript(onPostgres.admin, state);
  const statePassword = await setPassword(onPostgres.admin, stateUrl);
  await expectToWork(url, passwordIn(events), ['--state', stateUrl], statePassword);
});

test('two servers take one script each: events on PostgreSQL, state on MariaDB', async ({ onMariadb, onPostgres }) => {
  const url = newAccountUrl(onPostgres.admin);
  const stateUrl = newAccountUrl(onMariadb.admin, `${onMariadb.database.name}_state`);
  const [events, state] = await printedSchema('--database', url, '--state', stateUrl);
  await applyScript(onPostgres.admin, events);
  await applyScript(onMariadb.admin, state);
  await expectToWork(url, await setPassword(onPostgres.admin, url), ['--state', stateUrl], passwordIn(state));
});

test('a script ends at its first error', async ({ onMariadb, onPostgres }) => {
  for (const { database, admin } of [onMariadb, onPostgres]) {
    await database.query(`drop table ${database.schema}domain_index`);
    const scripts = await printedSchema('--database', newAccountUrl(admin));
    const { code, stderr } = await runOnClient(admin, scripts.join('\n'));
    expect(code).not.toBe(0);
    expect(stderr.match(/error/gi)).toHaveLength(1);
    await expect(database.query(`select * from ${database.schema}leaktally_state`)).rejects.toThrow(/exist/);
  }
});

test('a run without the account, or without a grant, says what is missing and leads back to the script', async ({
  onMariadb,
  onPostgres,
}) => {
  for (const { database, admin } of [onMariadb, onPostgres]) {
    const url = newAccountUrl(admin);
    const run = (password: string) => runOn({ url, env: { LEAKTALLY_DATABASE_PASSWORD: password } });
    expectOneLineFailure(await run('none'), /there is such an account.*--print-schema/);
    const script = await applySchema(admin, '--database', url);
    const password = passwordIn(script) || (await setPassword(admin, url));
    const account = /^grant .* to (.*);$/m.exec(script)?.[1];
    const schema = database.schema || `${new URL(url).pathname.slice(1)}.`;
    await database.query(`revoke select on ${schema}alm_bulletin_board_data from ${account}`);
    expectOneLineFailure(await run(password), /alm_bulletin_board_data.*grants.*--print-schema/);
    await applySchema(admin, '--database', url);
    await database.query(`revoke insert on ${schema}leaktally_state_runs from ${account}`);
    expectOneLineFailure(await run(password), /leaktally_state_runs.*grants.*--print-schema/);
    await database.query(`revoke select on ${schema}leaktally_state_runs from ${account}`);
    expectOneLineFailure(await run(password), /leaktally_state_runs.*administrator to run: .*grant /);
  }
});
