import { expect } from 'vitest';
import { AS_OF, insertEvents } from '../../support/builders/events.ts';
import { reportOf } from '../../support/command/json-report.ts';
import { test as base, started } from '../../support/fixtures.ts';
import { startMariadb } from '../../support/servers/mariadb.ts';
import { createAccount } from '../../support/servers/mariadb-account.ts';

const POLICIES = [`Bob's 5 MB`, `Say "5 MB"`, 'C:\\new', `x' or 1=1 -- `, `\\' or 1=1 -- `];

const SETTINGS = [
  '--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES',
  // The clock stands still for everyone but administrators: the database's time is not this machine's.
  `--init-connect=set timestamp=${AS_OF}`,
  '--character-set-server=latin1',
  '--default-time-zone=+05:30',
];

const test = base
  .extend('mariadb', { scope: 'file' }, started(startMariadb, SETTINGS))
  .extend('unprivileged', { scope: 'file' }, async ({ sharedDatabase }, { onCleanup }) => {
    const account = await createAccount(sharedDatabase, [`grant all on ${sharedDatabase.name}.* to $user`]);
    onCleanup(() => account.drop());
    return account;
  });
test.beforeAll(async ({ sharedDatabase }) => {
  // The test's own driver escapes with backslashes.
  await sharedDatabase.query(`set session sql_mode = ''`);
  await insertEvents(
    sharedDatabase,
    [...POLICIES, 'another policy'].map((policy) => ({ epoch: AS_OF - 5, policy, bytes: 200_000_000 })),
  );
});

test.for(POLICIES)('whatever the server is set to, %s is matched literally', async (policy, { sharedDatabase }) => {
  const { events } = await reportOf(sharedDatabase, ['--as-of', `${AS_OF}`, '--policy', policy]);
  expect(events.matched).toBe(1);
});

test("now is the time of the database's clock", async ({ unprivileged }) => {
  const report = await reportOf(unprivileged, ['--dry-run', ...POLICIES.flatMap((policy) => ['--policy', policy])]);
  expect(report).toMatchObject({ asOf: AS_OF, events: { matched: POLICIES.length, newest: AS_OF - 5 } });
});

test('state is kept under these settings too', async ({ unprivileged }) => {
  const args = ['--policy', `Bob's 5 MB`];
  expect((await reportOf(unprivileged, args)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(unprivileged, args)).leaks).toMatchObject([{ status: 'known' }]);
});
