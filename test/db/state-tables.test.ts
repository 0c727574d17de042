import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB, serverNow } from '../support/builders/events.ts';
import { reportOf, runOn } from '../support/command/report.ts';
import { recordsUntilNow } from '../support/receivers/records.ts';
import { dump, tablesOf } from '../support/servers/dump.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { createAccount, READ_GRANTS } from '../support/servers/mariadb-account.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

const SCRUTINIZERS = ['alm_bulletin_board_data', 'domain_index'];

let database: TestDatabase;
let rsyslog: RsyslogServer;
beforeAll(async () => {
  rsyslog = await startRsyslog();
});
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  const now = await serverNow(database.connection);
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  return () => database.drop();
});
afterAll(() => rsyslog.stop());

async function statuses(args: string[] = []): Promise<string[]> {
  return (await reportOf(database, args)).leaks.map(({ status }) => status);
}

test('the state tables are created when they are missing, Scrutinizer’s are left alone', async () => {
  const { connection, name } = database;
  const before = await dump(connection, name);
  expect(await statuses()).toEqual(['new']);
  const after = await dump(connection, name);
  expect(after).toMatchObject(before);
  const created = Object.keys(after).filter((table) => !SCRUTINIZERS.includes(table));
  expect(created).toContain('leaktally_state');
  for (const table of created) expect(table).toMatch(/^leaktally_state/);
  expect(await statuses()).toEqual(['known']);
});

test('--state-table names another table, and one in another schema', async () => {
  expect(await statuses(['--state-table', 'my_alerts'])).toEqual(['new']);
  expect(await tablesOf(database.connection, database.name)).toContain('my_alerts');
  const other = `${database.name}_other`;
  await database.connection.query(`create database ${other}`);
  try {
    expect(await statuses(['--state-table', `${other}.alerts`])).toEqual(['new']);
    expect(await statuses(['--state-table', `${other}.alerts`])).toEqual(['known']);
    expect(await tablesOf(database.connection, other)).toContain('alerts');
    expect(await tablesOf(database.connection, database.name)).not.toContain('leaktally_state');
  } finally {
    await database.connection.query(`drop database ${other}`);
  }
});

test('--state keeps everything in another database', async () => {
  const elsewhere = await createTestDatabase(inject('mariadb'));
  try {
    const before = await dump(database.connection, database.name);
    const env = { LEAKTALLY_STATE_PASSWORD: elsewhere.env.LEAKTALLY_DATABASE_PASSWORD };
    const run = () => reportOf(database, ['--state', elsewhere.url], { env });
    expect((await run()).leaks).toMatchObject([{ status: 'new' }]);
    expect((await run()).leaks).toMatchObject([{ status: 'known' }]);
    expect(await dump(database.connection, database.name)).toEqual(before);
    expect(await tablesOf(elsewhere.connection, elsewhere.name)).toContain('leaktally_state');
  } finally {
    await elsewhere.drop();
  }
});

const MAY_READ_ALL = ['grant select on * to $user'];

test.each([
  ['the account may read two tables only', READ_GRANTS, 'leaktally_state'],
  ['the account may read every table', MAY_READ_ALL, 'leaktally_state'],
  ['it is named in another schema', READ_GRANTS, 'own.leaktally_state'],
])('missing and not to be created (%s): one line says what to run, nothing is sent', async (_, grants, table) => {
  const account = await createAccount(database, grants);
  try {
    const before = await dump(database.connection, database.name);
    const args = ['--syslog', `tcp://127.0.0.1:${rsyslog.port}`, '--state-table', table];
    const { code, stdout, stderr } = await runOn(account, args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^leaktally: [^\n]+\n$/);
    expect(stderr).toMatch(/create table [^\n]*leaktally_state/i);
    expect(stderr).toMatch(new RegExp(`grant [^\\n]*leaktally_state[^\\n]* to '${account.name}'`, 'i'));
    expect(stderr).not.toContain(account.password);
    expect(await recordsUntilNow(rsyslog)).toEqual([]);
    expect(await dump(database.connection, database.name)).toEqual(before);
  } finally {
    await account.drop();
  }
});

test('a state table that may be read but not written fails the run before anything is sent', async () => {
  expect(await statuses(['--rule', 'first'])).toEqual(['new']);
  const selects = (await tablesOf(database.connection, database.name)).map(
    (table) => `grant select on ${table} to $user`,
  );
  const account = await createAccount(database, selects);
  try {
    const before = await dump(database.connection, database.name);
    const args = ['--syslog', `tcp://127.0.0.1:${rsyslog.port}`, '--rule', 'second'];
    const { code, stdout, stderr } = await runOn(account, args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^leaktally: [^\n]*(grant|--print-schema)[^\n]*\n$/i);
    expect(await recordsUntilNow(rsyslog)).toEqual([]);
    expect(await dump(database.connection, database.name)).toEqual(before);
  } finally {
    await account.drop();
  }
});
