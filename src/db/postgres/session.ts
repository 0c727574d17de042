import { type AliasableExpression, Kysely, PostgresDialect, type SqlBool, sql } from 'kysely';
import pg from 'pg';
import { onlyBinaryAddresses } from '../address-columns.ts';
import type { Catalog, Database, OpenOptions, Row, Schema, SqlParts } from '../database.ts';
import { withQuietRollback } from '../quiet-rollback.ts';
import { formatServer, type ServerTarget } from '../target.ts';
import { type Decode, decodingRows } from '../text-columns.ts';
import { withTimeLimit } from '../time-limit.ts';
import { lockKey, refusePooler } from './advisory-lock.ts';
import { requestCancel } from './cancel.ts';
import { PATH_QUERY, readCatalog, tablesQuery } from './catalog.ts';
import { destroy, openConnection, type Session } from './connection.ts';
import { decodeFor } from './encoding.ts';
import { explainPostgresError } from './errors.ts';
import { postgresGrants, SCRUTINIZER_SCHEMA, STATE_SCHEMA } from './grants.ts';
import { settingsQuery } from './settings.ts';

/** Opens a PostgreSQL session. A reading session also works through a pooler in transaction mode. */
export async function openPostgres(target: ServerTarget, options: OpenOptions): Promise<Database> {
  const explain = (error: unknown) => explainPostgresError(error, target);
  const guard = <T>(work: Promise<T>) => work.catch((error) => Promise.reject(explain(error)));
  const session = await guard(openConnection(target));
  const { client } = session;
  const begin = () => beginSession(session, options);
  const catalog = await begin().catch(async (error) => {
    await client.end().catch(() => undefined);
    throw explain(error);
  });
  // A failed statement aborts the reading transaction.
  const recover = async <T>(statement: Promise<T>): Promise<T> => {
    try {
      return await statement;
    } catch (error) {
      if (options.readOnly) await client.query('rollback').then(begin, () => undefined);
      throw error;
    }
  };
  const decode = decodeFor(session.encoding);
  const dialect = new PostgresDialect({ pool: poolOfOne(client, recover) });
  const kysely = new Kysely<Schema>({ dialect: withQuietRollback(dialect) });
  return {
    kysely,
    sql: postgresParts(target, decode !== null),
    schema: '',
    catalog,
    maxStatementBytes: Number.POSITIVE_INFINITY,
    stream: (query, onRow, limitSeconds) => {
      const rows = guard(recover(stream(client, query.sql, query.parameters, onRow, decode)));
      if (limitSeconds === undefined) return rows;
      return withTimeLimit(formatServer(target), limitSeconds, rows, {
        cancel: () => requestCancel(client, target),
        abandon: () => destroy(client),
      });
    },
    now: async () => {
      const { rows } = await guard(client.query('select floor(extract(epoch from clock_timestamp())) as now'));
      return Number(rows[0]?.now);
    },
    tryLock: (name) => guard(tryLock(session, name, target)),
    explain,
    inspect: async () => (await import('./inspector.ts')).postgresInspector({ kysely, explain }, target, session),
    close: () => client.end().catch(() => undefined),
  };
}

/** @param asBytes whether text columns are read as bytes, because the server's conversion might fail */
export function postgresParts(target: Pick<ServerTarget, 'user'>, asBytes = false): SqlParts {
  // Between the same two encodings nothing is converted.
  const text = (expression: AliasableExpression<string>) =>
    asBytes ? sql<string>`convert_to(${expression}, getdatabaseencoding())` : expression;
  return {
    contains: (column, words) => sql<SqlBool>`strpos(${sql.ref(column)}, ${words}) > 0`,
    fragment: (column, words, length) =>
      text(sql<string>`substr(${sql.ref(column)}, strpos(${sql.ref(column)}, ${words}), ${sql.lit(length)})`),
    beginning: (column, length) => text(sql<string>`substr(${sql.ref(column)}, 1, ${sql.lit(length)})`),
    text: (column) => text(sql<string>`${sql.ref(column)}`),
    address: (column) => sql<Uint8Array | null>`${sql.ref(column)}`,
    // A list of values would become one condition for each pair, which are tried on each row and even compiled.
    isOneOf: ([first, second], pairs) => {
      const [firsts, seconds] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
      return sql<SqlBool>`(${sql.ref(first)}, ${sql.ref(second)}) in (select * from unnest(${firsts}::bytea[], ${seconds}::bytea[]))`;
    },
    tableOptions: '',
    ...postgresGrants(target),
    eventsSchema: SCRUTINIZER_SCHEMA,
    stateSchema: STATE_SCHEMA,
  };
}

/** Compiles statements without a connection. */
export function postgresCompiler(): Kysely<Schema> {
  const pool = () => Promise.reject(new Error('not connected'));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * Begins a reading session as a single transaction: a pooler in transaction mode then keeps it on one server session,
 * and local settings last. All statements go out in one round trip.
 */
async function beginSession({ client, serverProcess }: Session, options: OpenOptions): Promise<Catalog> {
  const { readOnly, tables } = options;
  const statements = [PATH_QUERY, settingsQuery(options, readOnly, serverProcess), tablesQuery(tables)];
  if (readOnly) statements.unshift('begin transaction isolation level read committed read only');
  const results = (await client.query(statements.join('; '))) as unknown as pg.QueryResult[];
  return readCatalog(results.at(-3), results.at(-1));
}

function stream(
  client: pg.Client,
  text: string,
  values: readonly unknown[],
  onRow: (row: Row) => void,
  decode: Decode | null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // With a row listener and no callback, the driver does not buffer rows. Its binary format would not help: it
    // decodes every value as UTF-8 first.
    const query = new pg.Query({ text, values: [...values], rowMode: 'array' } as pg.QueryConfig);
    let take: ((row: unknown[]) => void) | undefined;
    query.on('row', (row: unknown, result) => {
      take ??= takeRows(result?.fields ?? [], decode, onRow);
      take(row as unknown[]);
    });
    query.on('error', reject);
    query.on('end', () => resolve());
    client.query(query);
  });
}

function takeRows(fields: readonly pg.FieldDef[], decode: Decode | null, onRow: (row: Row) => void) {
  const columns = fields.map(({ name, dataTypeID }) => ({ name, isBinary: dataTypeID === pg.types.builtins.BYTEA }));
  const take = onlyBinaryAddresses(columns, onRow);
  const names = columns.map(({ name }) => name);
  return decode ? decodingRows(names, decode, take) : take;
}

/** Takes an advisory lock, which the server releases at the end of the session, even after a crash. */
async function tryLock(session: Session, name: string, target: ServerTarget): Promise<boolean> {
  const { client, serverProcess } = session;
  // Locks only in the process to which we connected, never through a pooler.
  const statement = `select pg_backend_pid() as pid,
    case when pg_backend_pid() = $2 then pg_try_advisory_lock($1::bigint) end as acquired`;
  const { rows } = await client.query(statement, [lockKey(name).toString(), serverProcess]);
  refusePooler(rows[0]?.pid, session, target);
  return rows[0]?.acquired === true;
}

/** Kysely wants a pool, but the lock belongs to the one connection. */
function poolOfOne(client: pg.Client, recover: <T>(statement: Promise<T>) => Promise<T>) {
  const query = (text: string, values: readonly unknown[]) => recover(client.query(text, [...values]));
  return {
    connect: async () => ({ query, release: () => undefined }) as never,
    end: async () => undefined,
  };
}
