import { expect, inject } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { checksOf, faultsOf } from '../../support/command/check-report.ts';
import { clockAt } from '../../support/command/clock.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { postgresTest as base, started } from '../../support/fixtures.ts';
import { changeUrl } from '../../support/servers/database.ts';
import { startPgbouncer } from '../../support/servers/pgbouncer.ts';
import { startStandby } from '../../support/servers/postgres.ts';
import { createPostgresAccount, POSTGRES_READ_GRANTS } from '../../support/servers/postgres-account.ts';
import { waitFor } from '../../support/servers/process.ts';

const test = base
  .extend('bouncer', started(startPgbouncer, inject('postgres').port))
  .extend('reader', async ({ database }, { onCleanup }) => {
    const reader = await createPostgresAccount(database, POSTGRES_READ_GRANTS);
    onCleanup(() => reader.drop());
    return reader;
  });
test.beforeEach(({ database }) => insertLeak(database));

/** The statements below a point's advice. */
function statementsOf(advice: string | null | undefined): string[] {
  return (advice ?? '').split('\n').filter((line) => line.endsWith(';'));
}

test("a clock that differs from this machine's is warned of", async ({ database }) => {
  const env = clockAt((await database.now()) + 36_000);
  expect((await checksOf(database, [], { env }))['database.clock']).toMatchObject({
    status: 'warn',
    detail: "the database's clock is 10 h behind this machine's",
  });
});

test('an account that lacks grants is told the statements that help', async ({ database }) => {
  const account = await createPostgresAccount(database);
  const { 'events.columns': events, 'state.tables': tables } = await checksOf(account);
  expect(events?.status).toBe('fail');
  expect(tables).toMatchObject({ status: 'fail', detail: expect.stringContaining('may not create tables') });
  for (const advice of [events?.advice, tables?.advice]) {
    for (const statement of statementsOf(advice)) await database.query(statement);
  }
  const granted = await checksOf(account);
  await account.drop();
  expect(faultsOf(granted)).toEqual({ 'names.coverage': 'warn' });
});

test('a missing privilege on the state is found without writing', async ({ database, reader }) => {
  await runOn(database);
  await database.query(`grant select on leaktally_state, leaktally_state_runs to ${reader.name}`);
  await database.query(`grant insert, update on leaktally_state_runs to ${reader.name}`);
  const { 'state.write': point } = await checksOf(reader);
  expect(point).toMatchObject({
    status: 'fail',
    detail: 'this account lacks insert, update, delete on public.leaktally_state',
  });
  for (const statement of statementsOf(point?.advice)) await database.query(statement);
  expect((await checksOf(reader))['state.write']?.status).toBe('ok');
  await database.query(`revoke select on leaktally_state_runs from ${reader.name}`);
  expect((await checksOf(reader))['state.write']).toMatchObject({
    status: 'fail',
    detail: 'this account lacks select on public.leaktally_state_runs',
  });
});

test('state in a schema that is not there cannot be created before the statements have created it', async ({
  database,
  reader,
}) => {
  const args = ['--state-table', 'nowhere.leaks'];
  const { 'state.tables': point } = await checksOf(reader, args);
  expect(point).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('nowhere.leaks'),
    advice: expect.stringContaining('ask a superuser or the owner of the database'),
  });
  for (const statement of statementsOf(point?.advice)) await database.query(statement);
  expect(faultsOf(await checksOf(reader, args))).toEqual({ 'names.coverage': 'warn' });
  expect((await runOn(reader, args)).code).toBe(0);
});

test('an account or a server that is read-only keeps no state', async ({ database, postgres, reader }) => {
  await database.query(`grant create on schema public to ${reader.name}`);
  await database.query(`alter role ${reader.name} set default_transaction_read_only = on`);
  expect((await checksOf(reader))['state.write']).toMatchObject({
    status: 'fail',
    detail: 'default_transaction_read_only is on for this account',
  });
  const standby = await startStandby(postgres);
  const target = { ...database, url: changeUrl(database.url, { port: standby.port }) };
  await waitFor('the standby has the database', async () => (await runOn(target, ['--dry-run'])).code === 0);
  const { 'state.write': point } = await checksOf(target);
  await standby.stop();
  expect(point).toMatchObject({ status: 'fail', detail: expect.stringContaining('standby') });
});

test('through a pooler, events are read and the lock is refused', async ({ database, bouncer }) => {
  const target = { ...database, url: changeUrl(database.url, { port: bouncer.port }) };
  const points = await checksOf(target);
  expect(points['events.policy']?.status).toBe('ok');
  expect(points['state.lock']).toMatchObject({ status: 'fail', detail: expect.stringContaining('pgbouncer') });
});

test('columns of types that cannot be right are named', async ({ database }) => {
  await database.query('alter table plixer.alm_bulletin_board_data alter violator_address type text');
  await database.query('alter table plixer.domain_index alter last_seen type timestamp using now()');
  const points = await checksOf(database);
  // The type makes it likely, the events prove it.
  expect(points['events.addresses']?.status).toBe('fail');
  expect(points['events.columns']).toMatchObject({
    status: 'warn',
    advice: expect.stringContaining('violator_address is text, but addresses are read as 4 or 16 bytes'),
  });
  expect(points['names.columns']).toMatchObject({
    status: 'warn',
    advice: expect.stringContaining('last_seen is timestamp without time zone, but times are compared as numbers'),
  });
  await database.query('alter table plixer.alm_bulletin_board_data alter violator_address type bytea using null');
  await database.query('alter table plixer.alm_bulletin_board_data alter message type xml using null');
  expect((await checksOf(database))['events.columns']?.status).toBe('warn');
});
