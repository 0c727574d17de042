import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, insertName, MB, serverNow } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { reportOf } from '../support/command/report.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { createAccount, READ_GRANTS, type TestAccount } from '../support/servers/mariadb-account.ts';

let database: TestDatabase;
let account: TestAccount;
let now: number;
beforeAll(async () => {
  database = await createTestDatabase(inject('mariadb'));
  now = await serverNow(database.connection);
});
beforeEach(async () => {
  account = await createAccount(database);
  await database.connection.query('truncate table alm_bulletin_board_data');
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  await insertName(database.connection, '10.1.1.5', '203.0.113.9', 'a.example.net', now - 300);
  return () => account.drop();
});
afterAll(() => database.drop());

/** What a DBA would run: the output of --print-schema, statement by statement. */
async function printedSchema(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await leaktally(['--print-schema', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .replace(/^--.*$/gm, '')
    .split(';\n')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

async function statusOf(...args: string[]): Promise<string | undefined> {
  const { leaks } = await reportOf(account, args, { env: { LEAKTALLY_STATE_PASSWORD: account.password } });
  return leaks[0]?.status;
}

/** Every kind of statement that runs of an episode's life need. */
async function liveThroughAnEpisode(...args: string[]): Promise<void> {
  expect(await statusOf('--dry-run', ...args)).toBe('new');
  expect(await statusOf(...args)).toBe('new');
  expect(await statusOf(...args)).toBe('known');
  await insertEvents(database.connection, [{ epoch: now - 200, bytes: 880 * MB }]);
  expect(await statusOf(...args)).toBe('grown');
  await database.connection.query('truncate table alm_bulletin_board_data');
  // A row of another kind shows that the collector is alive.
  await insertEvents(database.connection, [{ epoch: now - 10, policy: 'Another report' }]);
  expect(await statusOf(...args)).toBeUndefined();
  await insertEvents(database.connection, [{ epoch: now - 100, bytes: 120 * MB }]);
  expect(await statusOf(...args)).toBe('new');
}

test('what --print-schema prints is enough, and grants nothing but use of the four tables', async () => {
  const statements = await printedSchema('--database', account.url);
  for (const statement of statements) await database.connection.query(statement);
  const grants = statements.filter((statement) => statement.startsWith('grant'));
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

test('it is enough for state in a schema of its own', async () => {
  const schema = `${database.name}_own`;
  await database.connection.query(`create database ${schema}`);
  try {
    const table = ['--state-table', `${schema}.alerts`];
    for (const statement of await printedSchema('--database', account.url, ...table)) {
      await database.connection.query(statement);
    }
    await liveThroughAnEpisode(...table);
  } finally {
    await database.connection.query(`drop database ${schema}`);
  }
});

test('it is enough for two accounts, one that reads and one that keeps state', async () => {
  const state = await createTestDatabase(inject('mariadb'));
  const keeper = await createAccount(state);
  try {
    const urls = ['--database', account.url, '--state', keeper.url];
    for (const statement of await printedSchema(...urls)) await state.connection.query(statement);
    const { leaks } = await reportOf(account, ['--state', keeper.url], {
      env: { LEAKTALLY_STATE_PASSWORD: keeper.password },
    });
    expect(leaks).toMatchObject([{ status: 'new', fqdns: ['a.example.net'] }]);
  } finally {
    await keeper.drop();
    await state.drop();
  }
});

test('the statements may be run twice, and are printed without any database', async () => {
  const statements = await printedSchema('--database', account.url);
  for (const statement of [...statements, ...statements]) await database.connection.query(statement);
  expect((await printedSchema()).length).toBe(statements.length);
});

test('to look is enough to be allowed to read: --dry-run needs no state', async () => {
  const analyst = await createAccount(database, READ_GRANTS);
  try {
    for (const args of [['--dry-run'], ['--as-of', `${now}`], ['--dry-run', '--state-table', 'never_made']]) {
      expect((await reportOf(analyst, args)).leaks, args.join(' ')).toMatchObject([{ status: 'new' }]);
    }
  } finally {
    await analyst.drop();
  }
});
