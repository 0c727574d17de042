import { expect } from 'vitest';
import { connect } from '../../src/db/connect.ts';
import type { Database } from '../../src/db/database.ts';
import { parseDatabaseUrl } from '../../src/db/url.ts';
import { ORDINARY } from '../../src/options/exceptions.ts';
import { tryReadDomainNames } from '../../src/scrutinizer/domain-names.ts';
import { addressKey } from '../../src/util/address.ts';
import { test as base, postgresTest, started } from '../support/fixtures.ts';
import type { TestDatabase } from '../support/servers/database.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { waitFor } from '../support/servers/process.ts';

const LIMIT_SECONDS = 1;
/** The limit, the time for the server to answer a cancellation, and a slow machine. */
const LATE_SECONDS = 8;
const PAIRS = [
  { source: addressKey(Buffer.from([10, 1, 1, 5])), destination: addressKey(Buffer.from([203, 0, 113, 9])) },
];

const test = base.extend('mariadb', { scope: 'file' }, started(startMariadb));
const onPostgres = postgresTest.extend('postgres', { scope: 'file' }, started(startPostgres));

/** Connects as a run does to read events. */
async function openReading({ url, env, schema }: TestDatabase): Promise<Database> {
  const target = parseDatabaseUrl(url, Object.values(env)[0]);
  if (typeof target === 'string') throw new Error(target);
  const reading = await connect(target, {
    readOnly: true,
    create: false,
    statementSeconds: 60,
    tables: ['domain_index'],
  });
  const [name = ''] = schema.split('.');
  return name === '' ? reading : { ...reading, kysely: reading.kysely.withSchema(name) };
}

const NO_RULES = { ruleOnName: () => ORDINARY, now: 0 };
const ALL_LEFT_OUT = { ruleOnName: () => ({ ...ORDINARY, countsFrom: Number.POSITIVE_INFINITY }), now: 0 };

/** Reads names with a short limit. @returns why it failed, if it did, and whether that took no longer than it may */
async function readNames(reading: Database): Promise<{ failure: string | null; isPrompt: boolean }> {
  const started = performance.now();
  const { failure } = await tryReadDomainNames(reading, PAIRS, 0, NO_RULES, LIMIT_SECONDS);
  return { failure, isPrompt: performance.now() - started < LATE_SECONDS * 1000 };
}

const GIVEN_UP = { failure: expect.stringMatching(/^127\.0\.0\.1:\d+: no answer within 1s$/), isPrompt: true };

test('MariaDB ends a statement for names that takes too long, and the connection can be used again', async ({
  database,
}) => {
  const reading = await openReading(database);
  try {
    await database.query('lock tables domain_index write');
    expect(await readNames(reading)).toEqual(GIVEN_UP);
    expect(
      await database.query(
        `select info from information_schema.processlist where info like '%resolved_to_id%' and id <> connection_id()`,
      ),
    ).toEqual([]);
    await database.query('unlock tables');
    expect(await readNames(reading)).toEqual({ failure: null, isPrompt: true });
  } finally {
    await reading.close();
  }
});

test('a MariaDB that stands still holds nothing up either', async ({ mariadb, database }) => {
  const reading = await openReading(database);
  // Not all threads stop at once.
  await database.query('lock tables domain_index write');
  process.kill(mariadb.pid, 'SIGSTOP');
  try {
    expect(await readNames(reading)).toEqual(GIVEN_UP);
    await reading.close();
  } finally {
    process.kill(mariadb.pid, 'SIGCONT');
    await database.query('unlock tables');
  }
});

onPostgres(
  'PostgreSQL cancels a statement for names that takes too long, and the connection can be used again',
  async ({ database }) => {
    const reading = await openReading(database);
    try {
      await database.query('begin');
      await database.query('lock table plixer.domain_index in access exclusive mode');
      expect(await readNames(reading)).toEqual(GIVEN_UP);
      const active = `select query from pg_stat_activity where application_name = 'leaktally' and state = 'active'`;
      await waitFor('the statement has ended in the server', async () => {
        await database.query('select pg_stat_clear_snapshot()');
        return (await database.query(active)).length === 0;
      });
      await database.query('rollback');
      expect(await readNames(reading)).toEqual({ failure: null, isPrompt: true });
    } finally {
      await reading.close();
    }
  },
);

onPostgres('a PostgreSQL that stands still holds nothing up either', async ({ database }) => {
  const reading = await openReading(database);
  const [{ pid } = { pid: 0 }] = await database.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'leaktally'`,
  );
  process.kill(pid, 'SIGSTOP');
  try {
    expect(await readNames(reading)).toEqual(GIVEN_UP);
    await reading.close();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('names that cannot be read for another reason are told with the reason', async ({ database }) => {
  await database.query('drop table domain_index');
  const reading = await openReading(database);
  try {
    const names = await tryReadDomainNames(reading, PAIRS, 0, ALL_LEFT_OUT, LIMIT_SECONDS);
    expect(names.failure).toContain('domain_index');
    const [pair] = PAIRS as [(typeof PAIRS)[0]];
    expect(names.of([pair])).toEqual({
      fqdns: [],
      fqdnsOmitted: 0,
      fqdnsFailure: expect.stringMatching(/^127\.0\.0\.1:\d+: [^;]*domain_index[^;]*$/),
    });
    expect(names.ruleOn(pair)).toEqual(ORDINARY);
  } finally {
    await reading.close();
  }
});
