import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertLeak } from '../support/builders/events.ts';
import { expectNoSecret, expectOneLineFailure } from '../support/command/expectations.ts';
import { leaktally, runOn } from '../support/command/leaktally.ts';
import { test } from '../support/fixtures.ts';
import { emptyFolder } from '../support/folders.ts';
import { changeUrl } from '../support/servers/database.ts';
import { ROOT_PASSWORD } from '../support/servers/mariadb.ts';
import { freePort } from '../support/servers/process.ts';

const WRONG = 'wr#ng "pass/word?@é';

test.beforeEach(({ database }) => insertLeak(database));

test.for([['--dry-run'], ['--no-syslog'], ['--no-syslog', '--debug']])(
  'a wrong password (%s %s)',
  async (args, { database }) => {
    const result = await runOn({ url: database.url, env: { LEAKTALLY_DATABASE_PASSWORD: WRONG } }, args);
    expect(result.stderr.split('\n')[0]).toMatch(/^leaktally: .*password/i);
    if (!args.includes('--debug')) expectOneLineFailure(result, /LEAKTALLY_DATABASE_PASSWORD/);
    expectNoSecret(result, WRONG);
  },
);

test('a wrong password in the URL of the environment', async ({ database }) => {
  const url = changeUrl(database.url, { password: WRONG });
  const result = await leaktally(['--dry-run'], { env: { LEAKTALLY_DATABASE_URL: url } });
  expectOneLineFailure(result, /password/);
  expectNoSecret(result, WRONG, new URL(url).password);
});

test('an unknown database', async ({ database }) => {
  const url = changeUrl(database.url, { name: 'no_such_database' });
  const result = await runOn({ ...database, url });
  expectOneLineFailure(result, /no_such_database.*check the database name/i);
  expectNoSecret(result, ROOT_PASSWORD);
});

test('a database that the account may not use', async ({ database, reader }) => {
  const result = await runOn({ ...reader, url: reader.url.replace(database.name, 'mysql') });
  expectOneLineFailure(result, /denied.*grants/i);
  expectNoSecret(result, reader.password);
});

test('a server that is down', async ({ database }) => {
  const port = await freePort();
  expectOneLineFailure(
    await runOn({ ...database, url: changeUrl(database.url, { port }) }),
    new RegExp(`127\\.0\\.0\\.1:${port}.*check that the server runs`),
  );
});

test('an unknown host', async ({ database }) => {
  expectOneLineFailure(
    await runOn({ ...database, url: changeUrl(database.url, { host: 'scrutinizer.invalid' }) }),
    /scrutinizer\.invalid.*check/,
  );
});

test('a missing socket', async ({ database }) => {
  const url = `${database.url}?socket=${join(emptyFolder(), 'none')}`;
  expectOneLineFailure(await runOn({ ...database, url }), /socket/);
});

test('no table of events', async ({ database }) => {
  await database.query('rename table alm_bulletin_board_data to gone');
  expectOneLineFailure(await runOn(database), /alm_bulletin_board_data.*Scrutinizer/);
});

test.for(['violator_address', 'epoch'])('no column %s of the events', async (column, { database }) => {
  await database.query(`alter table alm_bulletin_board_data rename column ${column} to other`);
  expectOneLineFailure(await runOn(database, ['--dry-run']), new RegExp(`${column}.*Scrutinizer`));
});

test('no column fqdn of the names: the report is without them', async ({ database }) => {
  await database.query('alter table domain_index rename column fqdn to other');
  const { code, stdout, stderr } = await runOn(database, ['--dry-run']);
  expect(stderr).toMatch(/^leaktally: host names were not looked up, so leaks have none: .*fqdn.*Scrutinizer.*\n$/);
  expect(stdout).toContain('10.1.1.5');
  expect(code).toBe(1);
});

test('a file that is no database, a missing one and a folder', async () => {
  const folder = emptyFolder();
  const garbage = join(folder, 'garbage.db');
  writeFileSync(garbage, 'this is not a database, however often one reads it. '.repeat(100));
  const cases = [
    [`sqlite:${garbage}`, /garbage\.db.*not an? SQLite database/i],
    [`sqlite:${join(folder, 'none.db')}`, /none\.db.*check/],
    [`sqlite:${folder}`, /not a regular file; give the path of a database file/],
  ] as const;
  for (const [url, says] of cases) expectOneLineFailure(await leaktally(['--database', url, '--no-syslog']), says);
});

test('a state that cannot be written', async ({ database, reader }) => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'garbage.db'), 'this is not a database. '.repeat(100));
  for (const file of [join(folder, 'none', 'state.db'), folder, join(folder, 'garbage.db')]) {
    expectOneLineFailure(
      await runOn(reader, ['--state', `sqlite:${file}`]),
      new RegExp(`^leaktally: nothing was alerted: ${file}: `),
    );
  }
  const state = database.url.replace('root@', `${reader.name}@`);
  const result = await runOn(database, ['--state', state], { env: { LEAKTALLY_STATE_PASSWORD: WRONG } });
  expectOneLineFailure(result, /LEAKTALLY_STATE_PASSWORD/);
  expectNoSecret(result, WRONG, ROOT_PASSWORD);
});

test('--debug adds the stack, and no secret', async ({ database }) => {
  const result = await runOn({ ...database, url: changeUrl(database.url, { name: 'no_such_database' }) }, ['--debug']);
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toMatch(/^leaktally: [^\n]+\n[\s\S]*\n {4}at /);
  expectNoSecret(result, ROOT_PASSWORD);
});
