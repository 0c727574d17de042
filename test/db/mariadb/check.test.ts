import { expect } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { checksOf, faultsOf } from '../../support/command/check-report.ts';
import { clockAt } from '../../support/command/clock.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { timed } from '../../support/command/time-limit.ts';
import { started, test } from '../../support/fixtures.ts';
import { runOnClient } from '../../support/servers/clients.ts';
import { changeUrl } from '../../support/servers/database.ts';
import { startMariadb } from '../../support/servers/mariadb.ts';
import { createAccount, READ_GRANTS } from '../../support/servers/mariadb-account.ts';
import { lockEvents } from '../../support/servers/mariadb-scan.ts';
import { freePort } from '../../support/servers/process.ts';

test.beforeEach(({ database }) => insertLeak(database));

/** The statements below a point's advice. */
function statementsOf(advice: string | null | undefined): string[] {
  return (advice ?? '').split('\n').filter((line) => line.endsWith(';'));
}

test('without a server, one point of each database says so, and what needs it is not looked at', async ({
  database,
  receiver,
}) => {
  const target = { ...database, url: changeUrl(database.url, { port: await freePort() }) };
  const result = await runOn(target, ['--check', '--syslog', receiver.url]);
  expect(result).toMatchObject({
    code: 1,
    stderr: 'leaktally: 2 checks failed: database.connection, state.connection\n',
  });
  expect(result.stdout).toMatch(
    /✖ Events database +127\.0\.0\.1:\d+: connection refused\n +→ check that the server runs/,
  );
  expect(result.stdout).toMatch(/✔ Syslog receiver +.*acknowledged/);
  expect(result.stdout).toContain(
    '\n5 ok, 0 warnings, 2 failed\nNot looked at, since they need what failed: database.clock,',
  );
  expect(receiver.records()).toHaveLength(1);
});

test("a clock that differs from this machine's is warned of", async ({ database }) => {
  const env = clockAt((await database.now()) - 36_000);
  expect((await checksOf(database, [], { env }))['database.clock']).toMatchObject({
    status: 'warn',
    detail: "the database's clock is 10 h ahead of this machine's",
    advice: expect.stringContaining('NTP'),
  });
});

test('an account without grants is told the statements that help', async ({ database, account }) => {
  const none = await checksOf(account);
  // Without a single privilege in a database, an account may not even enter it.
  expect(none['database.connection']).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('Access denied'),
  });
  await database.query(`create table other (id int)`);
  await database.query(`grant select on other to '${account.name}'@'%'`);
  const events = await checksOf(account);
  expect(events['events.columns']?.status).toBe('fail');
  expect(events['names.columns']?.status).toBe('fail');
  const tables = events['state.tables'];
  expect(tables).toMatchObject({ status: 'fail', detail: expect.stringContaining('may not create tables') });
  for (const { advice } of [events['events.columns'], tables].flatMap((point) => point ?? [])) {
    for (const statement of statementsOf(advice)) await database.query(statement);
  }
  const granted = await checksOf(account);
  expect(faultsOf(granted)).toEqual({ 'names.coverage': 'warn' });
});

test('the statements work for an administrator who is connected to no database', async ({ database, reader }) => {
  const other = `${database.name}-2`;
  await database.query(`create database \`${other}\``);
  for (const table of ['alm_bulletin_board_data', 'domain_index']) {
    await database.query(`create table \`${other}\`.${table} as select * from ${table}`);
    await database.query(`insert into \`${other}\`.${table} select * from ${table}`);
  }
  const runStatements = async (...args: string[]) => {
    const points = await checksOf(reader, args);
    const script = Object.values(points).flatMap(({ advice }) => statementsOf(advice));
    expect(await runOnClient(database, script.join('\n'))).toEqual({ code: 0, stderr: '' });
    return points;
  };
  const elsewhere = ['--events-schema', `"${other}"`, '--state-table', `${database.name}_state.leaks`];
  expect((await runStatements())['state.tables']?.status).toBe('fail');
  // Now in databases of other names, of which one is not there.
  expect((await runStatements(...elsewhere))['state.tables']?.status).toBe('fail');
  expect((await runStatements(...elsewhere))['events.index']?.status).toBe('warn');
  const after = await checksOf(reader, elsewhere);
  const run = await runOn(reader, elsewhere);
  await database.query(`drop database \`${other}\``);
  await database.query(`drop database ${database.name}_state`);
  expect(faultsOf(after)).toEqual({ 'events.duplicates': 'warn', 'names.coverage': 'warn' });
  expect(run.code).toBe(0);
});

test('tables cannot be created in a database that is not there, whatever the privileges', async ({ database }) => {
  expect((await checksOf(database, ['--state-table', 'nowhere.leaks']))['state.tables']).toMatchObject({
    status: 'fail',
    advice: expect.stringContaining('create database if not exists `nowhere`;'),
  });
});

test('a missing privilege on the state is found without writing', async ({ database, reader }) => {
  await runOn(database);
  await database.query(`grant select, insert, update on leaktally_state to '${reader.name}'@'%'`);
  await database.query(`grant select, insert, update on leaktally_state_runs to '${reader.name}'@'%'`);
  const { 'state.write': point } = await checksOf(reader);
  expect(point).toMatchObject({ status: 'fail', detail: 'this account lacks delete on leaktally_state' });
  for (const statement of statementsOf(point?.advice)) await database.query(statement);
  expect((await checksOf(reader))['state.write']?.status).toBe('ok');
  await database.query(`revoke select on leaktally_state_runs from '${reader.name}'@'%'`);
  const { 'state.write': unread } = await checksOf(reader);
  expect(unread).toMatchObject({ status: 'fail', detail: 'this account lacks select on leaktally_state_runs' });
  for (const statement of statementsOf(unread?.advice)) await database.query(statement);
  expect(faultsOf(await checksOf(reader))).toEqual({ 'names.coverage': 'warn' });
});

test('what a role may do cannot be told, so it is a warning', async ({ database }) => {
  const account = await createAccount(database, READ_GRANTS);
  const role = `role_${account.name}`;
  await database.query(`create role ${role}`);
  await database.query(`grant all on ${database.name}.* to ${role}`);
  await database.query(`grant ${role} to '${account.name}'@'%'`);
  await database.query(`set default role ${role} for '${account.name}'@'%'`);
  const { 'state.tables': tables, 'state.write': write } = await checksOf(account);
  await database.query(`drop role ${role}`);
  await account.drop();
  expect(tables).toMatchObject({ status: 'warn', detail: expect.stringContaining('cannot be told') });
  expect(write?.status).toBe('ok');
});

test('nor can be told what everybody may do', async ({ database, reader }) => {
  await database.query(`grant all on ${database.name}.* to public`);
  const { 'state.tables': tables } = await checksOf(reader);
  const run = await runOn(reader);
  await database.query(`revoke all on ${database.name}.* from public`);
  expect(tables).toMatchObject({ status: 'warn', detail: expect.stringContaining('cannot be told') });
  expect(run.code).toBe(0);
});

test('an account that may create tables by a pattern of names may create them', async ({ database }) => {
  const account = await createAccount(database, READ_GRANTS);
  const pattern = database.name.replaceAll('_', '\\_').replace(/.$/, '%');
  await database.query(`grant all on \`${pattern}\`.* to '${account.name}'@'%'`);
  const { 'state.tables': tables } = await checksOf(account);
  await account.drop();
  expect(tables).toMatchObject({ status: 'ok', detail: expect.stringContaining('not there yet') });
});

test('columns of types that cannot be right are named', async ({ database }) => {
  await database.query('alter table alm_bulletin_board_data add at datetime, drop column destination_address');
  await database.query('alter table alm_bulletin_board_data change violator_address destination_address varchar(45)');
  await database.query('alter table alm_bulletin_board_data add violator_address varchar(45)');
  await database.query('alter table domain_index modify requester_id varchar(45)');
  const points = await checksOf(database);
  // The type makes it likely, the events prove it.
  expect(points['events.addresses']?.status).toBe('fail');
  expect(points['events.columns']).toMatchObject({
    status: 'warn',
    advice: expect.stringContaining('violator_address is varchar, but addresses are read as 4 or 16 bytes'),
  });
  expect(points['names.columns']).toMatchObject({
    status: 'warn',
    advice: expect.stringContaining('requester_id is varchar'),
  });
  await database.query(
    'alter table alm_bulletin_board_data modify violator_address varbinary(16), modify epoch varchar(20)',
  );
  expect((await checksOf(database))['events.columns']).toMatchObject({
    status: 'warn',
    advice: expect.stringContaining('epoch is varchar, but times are compared as numbers'),
  });
});

test('a table that is locked hides no other point, and the check ends in time', async ({ database, receiver }) => {
  const unlock = await lockEvents(database);
  const args = ['--check', '--format', 'json', '--timeout', '10s', '--syslog', receiver.url];
  const result = await timed(runOn(database, args));
  await unlock();
  expect(result.code).toBe(1);
  expect(result.seconds).toBeLessThan(15);
  expect(result.stderr).toBe('leaktally: 1 check failed: events.columns\n');
  const { checks } = JSON.parse(result.stdout) as { checks: { name: string; status: string; detail: string }[] };
  const silent = checks.filter(({ detail }) => detail.startsWith('no answer within'));
  expect(silent).toHaveLength(1);
  const status = Object.fromEntries(checks.map((point) => [point.name, point.status]));
  expect(status).toMatchObject({ 'database.connection': 'ok', 'state.runs': 'ok', 'syslog.test': 'ok' });
});

const readOnlyTest = test.extend('mariadb', { scope: 'file' }, started(startMariadb, ['--read-only']));

readOnlyTest('a server that is read-only keeps no state', async ({ database, account }) => {
  await database.query(`grant all on ${database.name}.* to '${account.name}'@'%'`);
  expect((await checksOf(account))['state.write']).toMatchObject({
    status: 'fail',
    detail: 'the server is read-only (read_only)',
    advice: expect.stringContaining('--state sqlite:'),
  });
  // As root, who may write there anyway.
  expect((await checksOf(database))['state.write']?.status).toBe('ok');
});
