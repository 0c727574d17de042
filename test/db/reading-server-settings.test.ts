import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertEvents } from '../support/builders/events.ts';
import { reportOf, type Target } from '../support/command/report.ts';
import { createTestDatabase, type MariadbServer, startMariadb, type TestDatabase } from '../support/servers/mariadb.ts';

const AS_OF = 1_763_950_000;
const POLICIES = [`Bob's 5 MB`, `Say "5 MB"`, 'C:\\new', `x' or 1=1 -- `, `\\' or 1=1 -- `];

let server: MariadbServer;
let database: TestDatabase;
let unprivileged: Target;
beforeAll(async () => {
  server = await startMariadb([
    '--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES',
    // For everybody but administrators the clock stands still: the database's time is not this machine's.
    `--init-connect=set timestamp=${AS_OF}`,
    '--character-set-server=latin1',
    '--default-time-zone=+05:30',
  ]);
  database = await createTestDatabase(server);
  await database.connection.query(`create user clerk@'127.0.0.1' identified by 'open'`);
  await database.connection.query(`grant all on ${database.name}.* to clerk@'127.0.0.1'`);
  unprivileged = { url: database.url.replace('root@', 'clerk@'), env: { LEAKTALLY_DATABASE_PASSWORD: 'open' } };
  // The test's own driver escapes with backslashes.
  await database.connection.query(`set session sql_mode = ''`);
  await insertEvents(
    database.connection,
    [...POLICIES, 'another policy'].map((policy) => ({ epoch: AS_OF - 5, policy, bytes: 200_000_000 })),
  );
});
afterAll(async () => {
  await database.drop();
  await server.stop();
});

test.each(POLICIES)('whatever the server is set to, %s is matched literally', async (policy) => {
  const { events } = await reportOf(database, ['--as-of', `${AS_OF}`, '--policy', policy]);
  expect(events.matched).toBe(1);
});

test("the database's clock says what now is", async () => {
  const report = await reportOf(unprivileged, ['--dry-run', '--policy', ...POLICIES]);
  expect(report).toMatchObject({ asOf: AS_OF, events: { matched: POLICIES.length, newest: AS_OF - 5 } });
});

test('state is kept under these settings too', async () => {
  const args = ['--policy', `Bob's 5 MB`];
  expect((await reportOf(unprivileged, args)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(unprivileged, args)).leaks).toMatchObject([{ status: 'known' }]);
});
