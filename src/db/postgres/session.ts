import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, type SqlBool, sql } from 'kysely';
import pg from 'pg';
import { DatabaseError } from '../../errors.ts';
import type { Database, OpenOptions, Row, Schema, SqlParts } from '../database.ts';
import { formatServer, type ServerTarget } from '../target.ts';
import { openConnection } from './connection.ts';
import { explainPostgresError } from './errors.ts';

/** Schema of Scrutinizer's tables, appended to the account's own search path. */
const SCRUTINIZER_SCHEMA = 'plixer';

/** Opens a PostgreSQL session. A reading session also works through a pooler in transaction mode. */
export async function openPostgres(target: ServerTarget, options: OpenOptions): Promise<Database> {
  const explain = (error: unknown) => explainPostgresError(error, target);
  const guard = <T>(work: Promise<T>) => work.catch((error) => Promise.reject(explain(error)));
  const client = await guard(openConnection(target));
  const begin = () => client.query(sessionSettings(options));
  try {
    await begin();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw explain(error);
  }
  const kysely = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: poolOfOne(client, options.readOnly ? begin : null) }),
  });
  return {
    kysely,
    sql: postgresParts(target),
    schema: '',
    stream: (query, onRow) => guard(stream(client, query.sql, query.parameters, onRow)),
    now: async () => {
      const { rows } = await guard(client.query('select floor(extract(epoch from clock_timestamp())) as now'));
      return Number(rows[0]?.now);
    },
    tryLock: (name) => guard(tryLock(client, name, target)),
    explain,
    close: () => client.end().catch(() => undefined),
  };
}

/** SQL for PostgreSQL. */
export function postgresParts({ user }: Pick<ServerTarget, 'user'>): SqlParts {
  return {
    contains: (column, text) => sql<SqlBool>`strpos(${sql.ref(column)}, ${text}) > 0`,
    substringFrom: (column, text, length) =>
      sql<string>`substr(${sql.ref(column)}, strpos(${sql.ref(column)}, ${text}), ${sql.lit(length)})`,
    tuples: (rows) => sql`(${sql.join(rows.map(([a, b]) => sql`(${a}::bytea, ${b}::bytea)`))})`,
    tableOptions: '',
    grant: (privileges, table) => {
      const name = table.split('.').map(quoteName).join('.');
      return `grant ${privileges.join(', ')} on ${name} to ${quoteName(user)}`;
    },
    grantSchema: (schema) => `grant usage on schema ${quoteName(schema)} to ${quoteName(user)}`,
    eventsSchema: SCRUTINIZER_SCHEMA,
  };
}

/** Compiles statements without a connection. */
export function postgresCompiler(): Kysely<Schema> {
  const pool = () => Promise.reject(new Error('not connected'));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * Begins a reading session as a single transaction: a pooler in transaction mode then keeps it on one server session,
 * and `local` settings last. All statements go out in one round trip.
 */
function sessionSettings({ readOnly, statementSeconds }: OpenOptions): string {
  const local = readOnly ? 'local' : 'session';
  const settings = [
    `set ${local} statement_timeout = ${statementSeconds * 1000}`,
    `set ${local} lock_timeout = 20000`,
    // The reading transaction idles while alerts are sent, however long that takes.
    `set ${local} idle_in_transaction_session_timeout = 0`,
    // Otherwise backslashes in literals would be escapes.
    `set ${local} standard_conforming_strings = on`,
    `select set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''), '${SCRUTINIZER_SCHEMA}'), ${readOnly})`,
  ];
  return [...(readOnly ? ['begin transaction read only'] : []), ...settings].join('; ');
}

function stream(client: pg.Client, text: string, values: readonly unknown[], onRow: (row: Row) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    // With a row listener and no callback, the driver does not buffer rows. Its binary format would not help: it
    // decodes every value as UTF-8 first.
    const query = new pg.Query({ text, values: [...values], rowMode: 'array' } as pg.QueryConfig);
    query.on('row', (row: unknown) => onRow(row as Row));
    query.on('error', reject);
    query.on('end', () => resolve());
    client.query(query);
  });
}

/** Takes an advisory lock, which the server releases at the end of the session, even after a crash. */
async function tryLock(client: pg.Client, name: string, target: ServerTarget): Promise<boolean> {
  const key = createHash('sha256').update(name).digest().readBigInt64BE();
  // A pooler announces a process id of its own when we connect. Its server sessions outlive ours and would keep the
  // lock, so never lock through one.
  const announced = (client as unknown as { processID: number }).processID;
  const statement = `select pg_backend_pid() as pid,
    case when pg_backend_pid() = $2 then pg_try_advisory_lock($1::bigint) end as acquired`;
  const { rows } = await client.query(statement, [key.toString(), announced]);
  if (rows[0]?.pid !== announced) {
    throw new DatabaseError(
      `${formatServer(target)}: this is a connection pooler such as pgbouncer, which cannot hold a rule's lock; use the server's own port in --state (usually 5432), or keep the state elsewhere with --state sqlite:<file>`,
    );
  }
  return rows[0]?.acquired === true;
}

/**
 * Kysely wants a pool, but the lock belongs to the one connection.
 *
 * @param restart begins a new reading transaction after a failed statement has aborted the old one
 */
function poolOfOne(client: pg.Client, restart: (() => Promise<unknown>) | null) {
  const query = async (text: string, values: readonly unknown[]) => {
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      if (restart) await client.query('rollback').then(restart, () => undefined);
      throw error;
    }
  };
  return {
    connect: async () => ({ query, release: () => undefined }) as never,
    end: async () => undefined,
  };
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
