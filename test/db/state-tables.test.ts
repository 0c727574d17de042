import { expect } from 'vitest';
import { insertLeak } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { test as base } from '../support/fixtures.ts';
import { recordsUntilNow } from '../support/receivers/rsyslog-records.ts';
import { dump, tablesOf } from '../support/servers/dump.ts';
import { createAccount, READ_GRANTS } from '../support/servers/mariadb-account.ts';

const SCRUTINIZERS = ['alm_bulletin_board_data', 'domain_index'];

const test = base.extend('statuses', ({ database }) => async (...args: string[]) => {
  return (await reportOf(database, args)).leaks.map(({ status }) => status);
});
test.beforeEach(({ database }) => insertLeak(database));

test('the state tables are created when they are missing, Scrutinizer’s are left alone', async ({
  database,
  statuses,
}) => {
  const before = await dump(database);
  expect(await statuses()).toEqual(['new']);
  const after = await dump(database);
  expect(after).toMatchObject(before);
  const created = Object.keys(after).filter((table) => !SCRUTINIZERS.includes(table));
  expect(created).toContain('leaktally_state');
  for (const table of created) expect(table).toMatch(/^leaktally_state/);
  expect(await statuses()).toEqual(['known']);
});

test('--state-table names another table, and one in another schema', async ({ database, elsewhere, statuses }) => {
  expect(await statuses('--state-table', 'my_alerts')).toEqual(['new']);
  expect(await tablesOf(database)).toContain('my_alerts');
  expect(await statuses('--state-table', `${elsewhere.name}.alerts`)).toEqual(['new']);
  expect(await statuses('--state-table', `${elsewhere.name}.alerts`)).toEqual(['known']);
  expect(await tablesOf(elsewhere)).toContain('alerts');
  expect(await tablesOf(database)).not.toContain('leaktally_state');
});

test('--state keeps everything in another database', async ({ database, elsewhere }) => {
  const before = await dump(database);
  const env = { LEAKTALLY_STATE_PASSWORD: elsewhere.env.LEAKTALLY_DATABASE_PASSWORD };
  const run = () => reportOf(database, ['--state', elsewhere.url], { env });
  expect((await run()).leaks).toMatchObject([{ status: 'new' }]);
  expect((await run()).leaks).toMatchObject([{ status: 'known' }]);
  expect(await dump(database)).toEqual(before);
  expect(await tablesOf(elsewhere)).toContain('leaktally_state');
});

const MAY_READ_ALL = ['grant select on * to $user'];

test.for([
  ['the account may read two tables only', READ_GRANTS, 'leaktally_state'],
  ['the account may read every table', MAY_READ_ALL, 'leaktally_state'],
  ['it is named in another schema', READ_GRANTS, 'own.leaktally_state'],
] as const)(
  'missing tables that may not be created (%s): one line says what to run, and nothing is sent',
  async ([_, grants, table], { database, rsyslog }) => {
    const account = await createAccount(database, grants);
    const before = await dump(database);
    const { code, stdout, stderr } = await runOn(account, ['--syslog', rsyslog.tcpUrl, '--state-table', table]);
    await account.drop();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^leaktally: [^\n]+\n$/);
    expect(stderr).toMatch(/create table [^\n]*leaktally_state/i);
    expect(stderr).toMatch(new RegExp(`grant [^\\n]*leaktally_state[^\\n]* to '${account.name}'`, 'i'));
    expect(stderr).not.toContain(account.password);
    expect(await recordsUntilNow(rsyslog)).toEqual([]);
    expect(await dump(database)).toEqual(before);
  },
);

test('a state table that may be read but not written fails the run before anything is sent', async ({
  database,
  rsyslog,
  statuses,
}) => {
  expect(await statuses('--rule', 'first')).toEqual(['new']);
  const selects = (await tablesOf(database)).map((table) => `grant select on ${table} to $user`);
  const account = await createAccount(database, selects);
  const before = await dump(database);
  const { code, stdout, stderr } = await runOn(account, ['--syslog', rsyslog.tcpUrl, '--rule', 'second']);
  await account.drop();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^leaktally: [^\n]*denied[^\n]*--print-schema[^\n]*\n$/i);
  expect(await recordsUntilNow(rsyslog)).toEqual([]);
  expect(await dump(database)).toEqual(before);
});
