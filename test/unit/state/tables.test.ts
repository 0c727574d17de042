import { describe, expect, test } from 'vitest';
import { offline } from '../../../src/db/connect.ts';
import type { Catalog, Database } from '../../../src/db/database.ts';
import { GRANTS_MISSING } from '../../../src/db/server-advice.ts';
import { sqliteParts } from '../../../src/db/sqlite/parts.ts';
import type { ServerTarget } from '../../../src/db/target.ts';
import { parseDatabaseUrl } from '../../../src/db/url.ts';
import { DatabaseError } from '../../../src/errors.ts';
import { deniedError, describeDamage, ifMissing, ifUnreadable, isMissing } from '../../../src/state/table-errors.ts';
import {
  configuredSchema,
  createStatements,
  locateStateTables,
  readGrants,
  stateGrants,
  stateSetup,
  stateTables,
} from '../../../src/state/tables.ts';
import { lockLimitSeconds } from '../../../src/state/time-limits.ts';

const [MYSQL, POSTGRES] = ['mysql', 'postgres'].map((scheme) =>
  parseDatabaseUrl(`${scheme}://leaktally@host/plixer`),
) as [ServerTarget, ServerTarget];

test('both tables are named by one option', () => {
  expect(stateTables('leaks')).toEqual({ episodes: 'leaks', runs: 'leaks_runs' });
  expect(stateTables('ours.leaks')).toEqual({ episodes: 'ours.leaks', runs: 'ours.leaks_runs' });
  expect([configuredSchema('ours.leaks'), configuredSchema('leaks')]).toEqual(['ours', null]);
});

describe('the tables are found', () => {
  const found = (schema: string, table: string, isTrusted = true) => ({ schema, table, owner: 'somebody', isTrusted });
  const locate = async (name: string, catalog: Catalog | null) => {
    const { sql } = await offline(POSTGRES);
    return locateStateTables(name, { catalog, sql });
  };

  test('by the server, where there is no catalog', async () => {
    expect(await locate('leaks', null)).toEqual(stateTables('leaks'));
    expect(await locate('ours.leaks', null)).toEqual(stateTables('ours.leaks'));
  });

  test('in the first schema of the path that has one of them, or else in the first one', async () => {
    const catalog = { path: ['first', 'second'], tables: [found('second', 'leaks_runs'), found('first', 'other')] };
    expect(await locate('leaks', catalog)).toEqual(stateTables('second.leaks'));
    expect(await locate('ours.leaks', catalog)).toEqual(stateTables('ours.leaks'));
    expect(await locate('leaks', { path: ['first'], tables: [] })).toEqual(stateTables('first.leaks'));
  });

  test('unless a stranger owns one of them', async () => {
    for (const table of ['leaks', 'leaks_runs']) {
      const catalog = { path: ['first'], tables: [found('first', table, false)] };
      await expect(locate('leaks', catalog)).rejects.toThrow(`first.${table} belongs to somebody`);
    }
  });
});

describe('what an administrator runs', () => {
  test('on PostgreSQL: a schema, two tables and as few privileges as a run needs', async () => {
    const { kysely, sql } = await offline(POSTGRES);
    const [schema, episodes, runs, ...grants] = stateSetup({ kysely, sql }, stateTables('ours.leaks'), 'ours');
    expect(schema).toMatch(/^create schema .*ours/i);
    expect(episodes).toMatch(/^create table if not exists "ours"\."leaks" \("id" char\(64\) not null primary key/);
    expect(runs).toMatch(/^create table if not exists "ours"\."leaks_runs" \("id" char\(64\) not null primary key/);
    for (const statement of [episodes, runs]) expect(statement).toMatch(/\)$/);
    expect(grants).toEqual([
      expect.stringMatching(/^grant usage on schema .*ours/i),
      expect.stringMatching(/^grant select, insert, update, delete on "?ours"?\."?leaks"? to /i),
      expect.stringMatching(/^grant select, insert, update on "?ours"?\."?leaks_runs"? to /i),
    ]);
    expect(stateSetup({ kysely, sql }, stateTables('ours.leaks'), null)).toEqual([episodes, runs, ...grants]);
    expect(stateGrants(sql, stateTables('leaks'))).toHaveLength(2);
  });

  test('on MySQL: the columns, of which only these may be missing', async () => {
    const { kysely, sql } = await offline(MYSQL);
    const columns = createStatements(kysely, sql, stateTables('leaks')).map((statement) =>
      [...statement.sql.matchAll(/`(\w+)` (\w+(?:\(\d+\))?)( not null)?/g)].map(([, name, type, required]) => [
        ...[name, type, required !== undefined],
      ]),
    );
    expect(columns).toEqual([
      [
        ['id', 'char(64)', true],
        ['rule_name', 'varchar(64)', true],
        ['group_by', 'varchar(64)', true],
        ['group_key', 'varchar(400)', true],
        ['opened_at', 'bigint', true],
        ['closed_at', 'bigint', false],
        ['alerted_at', 'bigint', false],
        ['alerted_bytes', 'varchar(40)', false],
        ['alerted_newest', 'bigint', false],
        ['alerted_scope', 'char(64)', false],
        ['pending_alert', 'text', false],
      ],
      [
        ['id', 'char(64)', true],
        ['rule_name', 'varchar(64)', true],
        ['group_by', 'varchar(64)', true],
        ['evaluated_until', 'bigint', true],
        ['window_seconds', 'bigint', true],
        ['threshold_bytes', 'bigint', true],
        ['policies', 'text', true],
      ],
    ]);
  });

  test('to read events and names: in the schema that is given, or that the database has', async () => {
    const postgres = await offline(POSTGRES);
    const mysql = await offline(MYSQL);
    const tables = (grants: readonly string[]) =>
      grants.map((grant) => /on (schema )?(\S+) to/i.exec(grant.replaceAll(/["`]/g, ''))?.[2]);
    expect(tables(readGrants(postgres.sql, 'ours'))).toEqual([
      'ours',
      'ours.alm_bulletin_board_data',
      'ours.domain_index',
    ]);
    const own = postgres.sql.eventsSchema;
    expect(tables(readGrants(postgres.sql, null))).toEqual([
      own,
      `${own}.alm_bulletin_board_data`,
      `${own}.domain_index`,
    ]);
    expect(readGrants(mysql.sql, null)).toHaveLength(2);
    for (const grant of readGrants(postgres.sql, 'ours').slice(1)) expect(grant).toMatch(/^grant select on /i);
  });

  test('is nothing on SQLite, which has no accounts', () => {
    const sql = sqliteParts('UTF-8');
    expect([stateGrants(sql, stateTables('leaks')), readGrants(sql, null)]).toEqual([[], []]);
  });
});

describe('errors about the tables', () => {
  const [missing, denied, other] = (['missing', 'denied', 'other'] as const).map((fault) => {
    return new DatabaseError(`it is ${fault}`, fault);
  }) as [DatabaseError, DatabaseError, DatabaseError];
  const strange = new TypeError('a fault of our own');

  test('are told apart', () => {
    expect([missing, denied, other, strange].map(isMissing)).toEqual([true, false, false, false]);
    expect(ifMissing(7)(missing)).toBe(7);
    for (const error of [denied, other, strange]) expect(() => ifMissing(7)(error)).toThrow(error.message);
    expect([missing, denied].map(ifUnreadable(7))).toEqual([7, 7]);
    for (const error of [other, strange]) expect(() => ifUnreadable(7)(error)).toThrow(error.message);
  });

  test('that access is denied says what an administrator has to run', async () => {
    const { kysely, sql } = await offline(POSTGRES);
    const database = { kysely, sql, schema: 'first' } as Database;
    const error = deniedError(database, stateTables('ours.leaks'), 'ours', denied);
    expect(error).toMatchObject({ fault: 'denied', cause: denied });
    expect(error.message).toMatch(
      /^the state table ours\.leaks is missing or not accessible, and cannot be created \(it is denied\)\. Ask an administrator to run: create schema [^;]*; create table [^;]*; create table [^;]*; grant [^;]*; grant [^;]*; grant [^;]*;$/,
    );
    // What it is about to say in full.
    const advised = new DatabaseError(`it is denied; ${GRANTS_MISSING}`, 'denied');
    expect(deniedError(database, stateTables('ours.leaks'), 'ours', advised).message).toBe(error.message);
    const unnamed = deniedError(database, stateTables('leaks'), null, denied);
    expect(unnamed.message).toContain('"first"."leaks_runs"');
    expect(unnamed.message).not.toContain('create schema');
    const elsewhere = deniedError({ ...database, schema: '' }, stateTables('leaks'), null, denied);
    expect(elsewhere.message).toContain('if not exists "leaks_runs"');
  });

  test('that a row cannot be read names it, in one line', () => {
    expect(describeDamage('leaks', { id: 'a\nb' }, new Error('not\nthis'))).toBe(
      `row a?b of leaks cannot be read (not?this) and was skipped; delete it: delete from leaks where id = 'a?b'`,
    );
    expect(describeDamage('leaks', undefined, 'text')).toContain('row  of leaks cannot be read (unknown)');
  });
});

test.each([
  [3600, 900],
  [10_800, 900],
  [10_812, 901],
  [86_400, 7200],
  [864_000, 7200],
])('with a window of %i s, a lock may be held for %i s', (windowSeconds, limit) => {
  expect(lockLimitSeconds(windowSeconds)).toBe(limit);
});
