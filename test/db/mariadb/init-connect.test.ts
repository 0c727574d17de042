import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { insertEvents, insertName, MB } from '../../support/builders/events.ts';
import { reportOf } from '../../support/command/json-report.ts';
import {
  createMariadbDatabase,
  type MariadbDatabase,
  type MariadbServer,
  startMariadb,
} from '../../support/servers/mariadb.ts';
import { createAccount, type TestAccount } from '../../support/servers/mariadb-account.ts';

const POLICY = 'Über 5 MB in 5';
const LEAKS = 60;

/** Run by the server for each connection of an account that is no administrator. */
const INIT_CONNECT = [
  ...['utf8', 'latin1', 'latin2', 'cp850', 'gbk', 'sjis', 'cp1251', 'ascii', 'binary'].map((set) => `SET NAMES ${set}`),
  'SET character_set_client = utf8',
  'SET character_set_results = NULL',
  'SET collation_connection = utf8mb4_unicode_ci',
  'SET autocommit = 0',
  `SET completion_type = 'RELEASE'`,
  'SET sql_auto_is_null = 1',
  'SET sql_big_selects = 0, max_join_size = 5',
  'SET sql_buffer_result = 1',
  'SET sql_safe_updates = 1',
  'SET sql_select_limit = 50',
  'SET SESSION TRANSACTION READ ONLY',
  'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED',
  `SET session_track_system_variables = '*', session_track_schema = 1, session_track_state_change = 1`,
  `SET session_track_transaction_info = 'CHARACTERISTICS'`,
  `SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'`,
  'SET wait_timeout = 1, net_write_timeout = 1, net_read_timeout = 1, lock_wait_timeout = 1',
  `SET time_zone = '+05:30', lc_time_names = 'de_DE'`,
];
const MARIADB_INIT_CONNECT = [
  `SET system_versioning_asof = '2001-01-01 00:00:00'`,
  'SET idle_transaction_timeout = 1, idle_write_transaction_timeout = 1, idle_readonly_transaction_timeout = 1',
  'SET max_statement_time = 0.001',
  'SET max_sort_length = 8, group_concat_max_len = 4, max_error_count = 0',
  'SET foreign_key_checks = 0, unique_checks = 0, low_priority_updates = 1',
  'SET sql_if_exists = 1',
];

/** Leaks of an ordinary account, in an order of destinations that no index gives away. */
async function fill(database: MariadbDatabase): Promise<TestAccount> {
  const epoch = (await database.now()) - 600;
  const destinations = Array.from({ length: LEAKS }, (_, number) => `203.0.113.${number}`);
  await insertEvents(
    database,
    destinations.map((destination) => ({ epoch, destination, policy: POLICY, bytes: 120 * MB })),
  );
  for (const [number, destination] of destinations.entries()) {
    await insertName(database, '10.1.1.5', destination, `a${number}.größe.example`, epoch);
  }
  return createAccount(database, [`grant all on \`${database.name}\`.* to $user`]);
}

/** A new rule alerts once, with a key that only UTF-8 can hold; a look at all pairs misses none. */
async function expectAlertedOnce(account: TestAccount, stateTable: string): Promise<void> {
  const byDomain = ['--policy', POLICY, '--state-table', stateTable, '--group-by', 'source,domain'];
  for (const status of ['new', 'known']) {
    expect((await reportOf(account, byDomain)).leaks).toMatchObject([{ status, bytes: LEAKS * 120 * MB }]);
  }
  expect((await reportOf(account, ['--policy', POLICY, '--dry-run'])).leaks).toHaveLength(LEAKS);
}

/** Another server to run the table on, such as MySQL: LEAKTALLY_TEST_MYSQL_PORT, with the tests' password of root. */
const OTHER_PORT = Number(process.env.LEAKTALLY_TEST_MYSQL_PORT ?? 0);

describe.each([
  { kind: 'MariaDB', port: () => inject('mariadb').port, statements: [...INIT_CONNECT, ...MARIADB_INIT_CONNECT] },
  ...(OTHER_PORT ? [{ kind: 'MySQL', port: () => OTHER_PORT, statements: INIT_CONNECT }] : []),
])('$kind: settings that init_connect may make', ({ port, statements }) => {
  let database: MariadbDatabase;
  let account: TestAccount;
  beforeAll(async () => {
    database = await createMariadbDatabase({ port: port() });
    account = await fill(database);
  });
  afterAll(async () => {
    await database.connection.query(`set global init_connect = ''`);
    await account.drop();
    await database.drop();
  });

  test.each(statements.map((statement, number) => [statement, `state_${number}`]))('%s', async (statement, table) => {
    await database.connection.query('set global init_connect = ?', [statement]);
    await expectAlertedOnce(account, table);
  });
});

describe.each([
  [['--character-set-server=binary', '--skip-character-set-client-handshake']],
  [['--character-set-server=latin1', '--skip-character-set-client-handshake']],
  [['--transaction-isolation=READ-COMMITTED', '--log-bin', '--binlog-format=STATEMENT']],
])('a server with %s', (flags) => {
  let server: MariadbServer;
  beforeAll(async () => {
    server = await startMariadb(flags);
  });
  afterAll(() => server.stop());

  test('alerts each leak once', async () => {
    const database = await createMariadbDatabase(server);
    await database.connection.query('set names utf8mb4');
    await database.connection.query('set session transaction isolation level repeatable read');
    const account = await fill(database);
    await expectAlertedOnce(account, 'state');
    await account.drop();
    await database.drop();
  });
});
