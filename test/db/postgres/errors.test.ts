import { expect } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { expectNoSecret, expectOneLineFailure } from '../../support/command/expectations.ts';
import { type CommandResult, leaktally, runOn, type Target } from '../../support/command/leaktally.ts';
import { postgresTest } from '../../support/fixtures.ts';
import { changeUrl } from '../../support/servers/database.ts';
import { POSTGRES_PASSWORD } from '../../support/servers/postgres.ts';
import { createPostgresAccount, POSTGRES_READ_GRANTS } from '../../support/servers/postgres-account.ts';
import { holdScan } from '../../support/servers/postgres-scan.ts';
import { freePort, waitFor } from '../../support/servers/process.ts';

const WRONG = 'wr#ng "pass/word?@é';

const test = postgresTest
  /** A run that has an alert to send. */
  .extend('run', ({ database, receiver }) => async (target: Target = database, ...args: string[]) => {
    return runOn(target, ['--syslog', receiver.url, ...args]);
  })
  /** The run failed with one line that says what to do, shows no password, and sent nothing. */
  .extend('expectFailure', ({ receiver }) => (result: CommandResult, says: RegExp, ...secrets: string[]) => {
    expectOneLineFailure(result, says);
    expectNoSecret(result, POSTGRES_PASSWORD, ...secrets);
    expect(receiver.connections()).toBe(0);
  });
test.beforeEach(({ database }) => insertLeak(database));

test.for([[[]], [['--dry-run']], [['--debug']]])(
  'a wrong password %o',
  async ([args = []], { database, run, expectFailure }) => {
    const result = await run({ url: database.url, env: { LEAKTALLY_DATABASE_PASSWORD: WRONG } }, ...args);
    expect(result.stderr.split('\n')[0]).toMatch(/^leaktally: .*LEAKTALLY_DATABASE_PASSWORD/);
    if (args.length === 0) expectFailure(result, /password/, WRONG);
    expectNoSecret(result, WRONG);
  },
);

test('a wrong password in the URL of the environment', async ({ database, expectFailure }) => {
  const url = changeUrl(database.url, { password: WRONG });
  const result = await leaktally(['--dry-run'], { env: { LEAKTALLY_DATABASE_URL: url } });
  expectFailure(result, /LEAKTALLY_DATABASE_PASSWORD/, WRONG, new URL(url).password);
});

test('no password: the run says so and ends at once', async ({ database, run, expectFailure }) => {
  const started = performance.now();
  const result = await run({ ...database, env: { LEAKTALLY_DATABASE_PASSWORD: '' } });
  expectFailure(result, /LEAKTALLY_DATABASE_PASSWORD/);
  expect((performance.now() - started) / 1000).toBeLessThan(10);
}, 90_000);

test('an unknown database', async ({ database, run, expectFailure }) => {
  const url = changeUrl(database.url, { name: 'no_such_database' });
  expectFailure(await run({ ...database, url }), /no_such_database.*check the database name/);
});

test('an unknown user', async ({ database, run, expectFailure }) => {
  const url = database.url.replace('postgres@', 'nobody_knows@');
  expectFailure(await run({ ...database, url }), /nobody_knows.*check the user/);
});

test('a server that is down, and an unknown host', async ({ database, run, expectFailure }) => {
  const port = await freePort();
  expectFailure(
    await run({ ...database, url: changeUrl(database.url, { port }) }),
    new RegExp(`127\\.0\\.0\\.1:${port}.*check that the server runs`),
  );
  const url = changeUrl(database.url, { host: 'scrutinizer.invalid' });
  expectFailure(await run({ ...database, url }), /scrutinizer\.invalid.*check/);
});

test('a missing socket', async ({ database, run, expectFailure }) => {
  expectFailure(await run({ ...database, url: `${database.url}?socket=/no/such/folder` }), /socket/);
});

test('no table of events', async ({ database, run, expectFailure }) => {
  await database.query('alter table plixer.alm_bulletin_board_data rename to gone');
  expectFailure(await run(), /alm_bulletin_board_data.*Scrutinizer/);
});

test.for(['violator_address', 'epoch'])(
  'no column %s of the events',
  async (column, { database, run, expectFailure }) => {
    await database.query(`alter table plixer.alm_bulletin_board_data rename column ${column} to other`);
    expectFailure(await run(), new RegExp(`${column}.*Scrutinizer`));
  },
);

test.for<[string, RegExp]>([
  ['rename to gone', /host names were not looked up, so leaks have none: .*domain_index.*Scrutinizer/],
  ['rename column fqdn to other', /host names were not looked up, so leaks have none: .*fqdn.*Scrutinizer/],
])('names with %s: the alert goes out without them', async ([change, says], { database, receiver, run }) => {
  await database.query(`alter table plixer.domain_index ${change}`);
  const { code, stderr } = await run();
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(says) });
  expect(stderr.split('\n')).toHaveLength(2);
  expect(receiver.records()).toEqual([expect.stringContaining('FQDN: not looked up (')]);
});

// Without USAGE, PostgreSQL passes over a schema of the search path as if it were not there.
test.for<[string, readonly string[]]>([
  ['nothing', []],
  ['USAGE only', POSTGRES_READ_GRANTS.slice(0, 1)],
  ['SELECT on the tables, but no USAGE on their schema', POSTGRES_READ_GRANTS.slice(1)],
])('too few grants: %s', async ([, grants], { database, run, expectFailure }) => {
  const account = await createPostgresAccount(database, grants);
  const result = await run(account, '--dry-run');
  await account.drop();
  expectFailure(result, /grants.*--print-schema/, account.password);
});

test('too few grants: events, but no names', async ({ database, run }) => {
  const account = await createPostgresAccount(database, [
    'grant usage on schema plixer to $user',
    'grant select on plixer.alm_bulletin_board_data to $user',
  ]);
  const result = await run(account, '--dry-run');
  await account.drop();
  expect(result.stderr).toMatch(
    /^leaktally: host names were not looked up, so leaks have none: .*domain_index.*grants.*--print-schema.*\n$/,
  );
  expectNoSecret(result, POSTGRES_PASSWORD, account.password);
  expect(result.stdout).toContain('10.1.1.5');
  expect(result.code).toBe(1);
});

test('an account without the right to connect', async ({ database, run, expectFailure }) => {
  await database.query(`revoke connect on database ${database.name} from public`);
  const account = await createPostgresAccount(database, POSTGRES_READ_GRANTS);
  const result = await run(account, '--dry-run');
  await account.drop();
  expectFailure(result, /denied.*grants/, account.password);
});

test.for(['scan', 'state'] as const)(
  'the %s session is terminated during the scan',
  async (session, { database, run, expectFailure }) => {
    const held = await holdScan(database, () => run());
    await database.query('select pg_terminate_backend($1)', [held[session]]);
    await held.release();
    expectFailure(await held.run, /nothing was alerted: .*closed the connection; its log says why/);
  },
);

test('the statement is cancelled during the scan', async ({ database, run, expectFailure }) => {
  const held = await holdScan(database, () => run());
  await database.query('select pg_cancel_backend($1)', [held.scan]);
  await held.release();
  expectFailure(await held.run, /cancel/);
});

test('a scan that takes longer than --timeout ends on both sides', async ({ database, run, expectFailure }) => {
  await database.query(`alter table plixer.alm_bulletin_board_data rename to events`);
  await database.query(
    `create view plixer.alm_bulletin_board_data as
     select e.* from plixer.events e cross join lateral (select pg_sleep(60 + 0 * e.epoch)) as s`,
  );
  expectFailure(await run(database, '--timeout', '4s'), /4s.*--timeout/);
  const running = `select 1 from pg_stat_activity where datname = current_database() and application_name = 'leaktally'`;
  await waitFor('the statement ends', async () => (await database.query(running)).length === 0, 8000);
});
