import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { insertEvents, MB, serverNow } from '../support/builders/events.ts';
import { emptyFolder, leaktally } from '../support/command/command.ts';
import { expectNoSecret, expectOneLineFailure } from '../support/command/expectations.ts';
import { runOn } from '../support/command/report.ts';
import { createTestDatabase, ROOT_PASSWORD, type TestDatabase } from '../support/servers/mariadb.ts';
import { createAccount, READ_GRANTS, type TestAccount } from '../support/servers/mariadb-account.ts';
import { freePort } from '../support/servers/process.ts';

const WRONG = 'wr#ng "pass/word?@é';

let database: TestDatabase;
let reader: TestAccount;
beforeAll(async () => {
  database = await createTestDatabase(inject('mariadb'));
  reader = await createAccount(database, READ_GRANTS);
  const now = await serverNow(database.connection);
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
});
afterAll(async () => {
  await reader.drop();
  await database.drop();
});

function urlWith(change: { port?: number; host?: string; name?: string }): string {
  const url = new URL(database.url);
  if (change.port) url.port = `${change.port}`;
  if (change.host) url.hostname = change.host;
  if (change.name) url.pathname = `/${change.name}`;
  return url.href;
}

test.each([['--dry-run'], ['--no-syslog'], ['--no-syslog', '--debug']])('a wrong password (%s %s)', async (...args) => {
  const result = await runOn({ url: database.url, env: { LEAKTALLY_DATABASE_PASSWORD: WRONG } }, args);
  expect(result.stderr.split('\n')[0]).toMatch(/^leaktally: .*password/i);
  if (!args.includes('--debug')) expectOneLineFailure(result, /LEAKTALLY_DATABASE_PASSWORD/);
  expectNoSecret(result, WRONG);
});

test('a wrong password in the URL of the environment', async () => {
  const url = new URL(database.url);
  url.password = WRONG;
  const result = await leaktally(['--dry-run'], { env: { LEAKTALLY_DATABASE_URL: url.href } });
  expectOneLineFailure(result, /password/);
  expectNoSecret(result, WRONG, url.password);
});

test('an unknown database', async () => {
  const url = urlWith({ name: 'no_such_database' });
  const result = await runOn({ ...database, url });
  expectOneLineFailure(result, /no_such_database.*check the database name/i);
  expectNoSecret(result, ROOT_PASSWORD);
});

test('a database that the account may not use', async () => {
  const result = await runOn({ ...reader, url: reader.url.replace(database.name, 'mysql') });
  expectOneLineFailure(result, /denied.*grants/i);
  expectNoSecret(result, reader.password);
});

test('a server that is down', async () => {
  const port = await freePort();
  expectOneLineFailure(
    await runOn({ ...database, url: urlWith({ port }) }),
    new RegExp(`127\\.0\\.0\\.1:${port}.*running`),
  );
});

test('a host that nobody knows', async () => {
  expectOneLineFailure(
    await runOn({ ...database, url: urlWith({ host: 'scrutinizer.invalid' }) }),
    /scrutinizer\.invalid.*check/,
  );
});

test('a socket that is not there', async () => {
  const url = `${database.url}?socket=${join(emptyFolder(), 'none')}`;
  expectOneLineFailure(await runOn({ ...database, url }), /socket/);
});

test.each(['alm_bulletin_board_data', 'domain_index'])('no table %s', async (table) => {
  await database.connection.query(`rename table ${table} to gone`);
  try {
    expectOneLineFailure(await runOn(database), new RegExp(`${table}.*Scrutinizer`));
  } finally {
    await database.connection.query(`rename table gone to ${table}`);
  }
});

test.each([
  ['alm_bulletin_board_data', 'violator_address'],
  ['alm_bulletin_board_data', 'epoch'],
  ['domain_index', 'fqdn'],
])('table %s without column %s', async (table, column) => {
  await database.connection.query(`alter table ${table} rename column ${column} to other`);
  try {
    expectOneLineFailure(await runOn(database, ['--dry-run']), new RegExp(`${column}.*Scrutinizer`));
  } finally {
    await database.connection.query(`alter table ${table} rename column other to ${column}`);
  }
});

test('files that are no database, not there or a folder', async () => {
  const folder = emptyFolder();
  const garbage = join(folder, 'garbage.db');
  writeFileSync(garbage, 'this is not a database, however often one reads it. '.repeat(100));
  const cases = [
    [`sqlite:${garbage}`, /garbage\.db.*not an? SQLite database/i],
    [`sqlite:${join(folder, 'none.db')}`, /none\.db.*check/],
    [`sqlite:${folder}`, /check/],
  ] as const;
  for (const [url, says] of cases) expectOneLineFailure(await leaktally(['--database', url, '--no-syslog']), says);
});

test('a state that cannot be written', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'garbage.db'), 'this is not a database. '.repeat(100));
  for (const file of [join(folder, 'none', 'state.db'), folder, join(folder, 'garbage.db')]) {
    expectOneLineFailure(await runOn(reader, ['--state', `sqlite:${file}`]), /state\.db|garbage\.db|leaktally-test-/);
  }
  const state = database.url.replace('root@', `${reader.name}@`);
  const result = await runOn(database, ['--state', state], { env: { LEAKTALLY_STATE_PASSWORD: WRONG } });
  expectOneLineFailure(result, /LEAKTALLY_STATE_PASSWORD/);
  expectNoSecret(result, WRONG, ROOT_PASSWORD);
});

test('--debug adds the stack, and no secret', async () => {
  const result = await runOn({ ...database, url: urlWith({ name: 'no_such_database' }) }, ['--debug']);
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toMatch(/^leaktally: [^\n]+\n[\s\S]*\n {4}at /);
  expectNoSecret(result, ROOT_PASSWORD);
});
