import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, type SqlBool, sql } from 'kysely';
import pg from 'pg';
import { DatabaseError } from '../../errors.ts';
import type { Database, OpenOptions, Row, Schema, SqlParts } from '../database.ts';
import { formatServer, type ServerTarget } from '../target.ts';
import { openConnection } from './connection.ts';
import { explainPostgresError } from './errors.ts';

/** Where Scrutinizer keeps its tables; looked into after the account's own search path. */
const SCRUTINIZER_SCHEMA = 'plixer';

/** Opens a PostgreSQL session, directly or, for reading, through a pooler in transaction mode. */
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

/** PostgreSQL's way to say what the stages ask for. */
export function postgresParts({ user }: Pick<ServerTarget, 'user'>): SqlParts {
  return {
    contains: (column, text) => sql<SqlBool>`strpos(${sql.ref(column)}, ${text}) > 0`,
    from: (column, text, length) =>
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

/** Compiles statements for PostgreSQL without a connection. */
export function postgresCompiler(): Kysely<Schema> {
  const pool = () => Promise.reject(new Error('not connected'));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * A reading session is one transaction from the beginning to the end: a pooler in transaction mode then lends it one
 * server session, and settings made with `local` hold. One round trip for all.
 */
function sessionSettings({ readOnly, statementSeconds }: OpenOptions): string {
  const local = readOnly ? 'local' : 'session';
  const settings = [
    `set ${local} statement_timeout = ${statementSeconds * 1000}`,
    `set ${local} lock_timeout = 20000`,
    // While alerts are sent the reading transaction is idle, as long as that takes.
    `set ${local} idle_in_transaction_session_timeout = 0`,
    // Without it, backslashes in literals would be read as escapes.
    `set ${local} standard_conforming_strings = on`,
    `select set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''), '${SCRUTINIZER_SCHEMA}'), ${readOnly})`,
  ];
  return [...(readOnly ? ['begin transaction read only'] : []), ...settings].join('; ');
}

function stream(client: pg.Client, text: string, values: readonly unknown[], onRow: (row: Row) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    // With a listener for rows and no callback, the driver keeps no rows. Its binary format is of no use: it reads every
    // value as UTF-8 first.
    const query = new pg.Query({ text, values: [...values], rowMode: 'array' } as pg.QueryConfig);
    query.on('row', (row: unknown) => onRow(row as Row));
    query.on('error', reject);
    query.on('end', () => resolve());
    client.query(query);
  });
}

/** An advisory lock of the session: released when the connection ends, however it ends. */
async function tryLock(client: pg.Client, name: string, target: ServerTarget): Promise<boolean> {
  const key = createHash('sha256').update(name).digest().readBigInt64BE();
  // A pooler answers with an id of its own at connection time. Its server sessions outlive ours and would keep the lock,
  // so that nothing may be locked through it.
  const announced = (client as unknown as { processID: number }).processID;
  const statement = `select pg_backend_pid() as pid,
    case when pg_backend_pid() = $2 then pg_try_advisory_lock($1::bigint) end as acquired`;
  const { rows } = await client.query(statement, [key.toString(), announced]);
  if (rows[0]?.pid !== announced) {
    throw new DatabaseError(
      `${formatServer(target)}: this is a connection pooler such as pgbouncer, which cannot hold the lock of a rule; give the server's own port with --state (usually 5432), or keep the state elsewhere with --state sqlite:<file>`,
    );
  }
  return rows[0]?.acquired === true;
}

/**
 * Kysely asks for a pool; a run has exactly one connection, because the lock belongs to it.
 *
 * @param restart begins the reading transaction anew after a failed statement, which ends it
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
