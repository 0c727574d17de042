import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { insertLeaks } from '../../support/builders/events.ts';
import { reportOf } from '../../support/command/json-report.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/servers/postgres.ts';
import { holdScan } from '../../support/servers/postgres-scan.ts';

const LEAKS = 30;

let database: PostgresDatabase;
beforeAll(async () => {
  database = await createPostgresDatabase(inject('postgres'));
  await database.client.query('alter table plixer.alm_bulletin_board_data alter epoch type double precision');
  await insertLeaks(database, LEAKS);
});
afterAll(() => database.drop());

/** Settings that an administrator may have made for the database or the account. */
test.each(
  [
    `bytea_output = 'escape'`,
    `client_encoding = 'LATIN1'`,
    `datestyle = 'German, DMY'`,
    `default_transaction_deferrable = on`,
    `default_transaction_isolation = 'serializable'`,
    `extra_float_digits = -15`,
    `idle_in_transaction_session_timeout = 1`,
    `intervalstyle = 'sql_standard'`,
    `jit_above_cost = 0`,
    `lock_timeout = 1`,
    `quote_all_identifiers = on`,
    `row_security = off`,
    `search_path = ''`,
    `search_path = 'pg_temp', 'public'`,
    `standard_conforming_strings = off`,
    `statement_timeout = 1000`,
    `tcp_user_timeout = 1000`,
    `timezone = 'Pacific/Kiritimati'`,
    `transform_null_equals = on`,
  ].map((setting, number) => [setting, `state_${number}`] as const),
)('%s', async (setting, table) => {
  const { client, name } = database;
  await client.query(`alter database ${name} set ${setting}`);
  try {
    for (const status of ['new', 'known']) {
      const { leaks } = await reportOf(database, ['--state-table', `public.${table}`]);
      expect(leaks).toHaveLength(LEAKS);
      expect(new Set(leaks.map((leak) => leak.status))).toEqual(new Set([status]));
    }
  } finally {
    await client.query(`alter database ${name} reset all`);
  }
});

test('limits on idle sessions do not end the one that waits for a long scan', async () => {
  const { client, name } = database;
  for (const limit of ['idle_session_timeout', 'idle_in_transaction_session_timeout', 'statement_timeout']) {
    await client.query(`alter database ${name} set ${limit} = '900ms'`);
  }
  const held = await holdScan(database, () => runOn(database));
  await sleep(2000);
  await held.release();
  const { code, stderr } = await held.run;
  await client.query(`alter database ${name} reset all`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
