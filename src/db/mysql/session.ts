import { type CompiledQuery, Kysely, MysqlDialect, type RawBuilder, type SqlBool, sql } from 'kysely';
import type mysql from 'mysql2';
import type { Database, OpenOptions, Row, Schema, SqlParts } from '../database.ts';
import type { ServerTarget } from '../target.ts';
import { openConnection } from './connection.ts';
import { explainMysqlError } from './errors.ts';

/** A server may end a session that is idle for longer; ours is idle while the other one reads. */
const SPARE_SECONDS = 60;

/** Opens a MySQL or MariaDB session with fixed settings. */
export async function openMysql(target: ServerTarget, options: OpenOptions): Promise<Database> {
  const explain = (error: unknown) => explainMysqlError(error, target);
  const connection = await openConnection(target).catch((error) => Promise.reject(explain(error)));
  // A connection that is lost between two statements says so here; without a listener the process would end.
  let lost: Error | undefined;
  connection.on('error', (error) => {
    lost ??= error;
  });
  const run = (statement: string) =>
    new Promise<unknown>((resolve, reject) => {
      connection.query({ sql: statement, rowsAsArray: true }, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  try {
    await run(sessionSettings(options));
  } catch (error) {
    connection.destroy();
    throw explain(error);
  }

  const kysely = new Kysely<Schema>({ dialect: new MysqlDialect({ pool: poolOfOne(connection) }) });
  return {
    kysely,
    sql: mysqlParts(target),
    schema: target.database,
    stream: (query, onRow) => stream(connection, query, onRow).catch((error) => Promise.reject(explain(lost ?? error))),
    now: async () => {
      const rows = (await run('select unix_timestamp()').catch((error) =>
        Promise.reject(explain(lost ?? error)),
      )) as Row[];
      return Number(rows[0]?.[0]);
    },
    tryLock: async (name) => {
      const { rows } = await sql<{ acquired: number | null }>`select get_lock(${name}, 0) as acquired`.execute(kysely);
      return rows[0]?.acquired === 1;
    },
    explain: (error) => explain(lost ?? error),
    // The driver calls back before it has said goodbye, and leaves its socket open should the server never answer.
    close: () =>
      new Promise((resolve) => {
        connection.end(() =>
          setImmediate(() => {
            connection.destroy();
            resolve();
          }),
        );
      }),
  };
}

/** MySQL's and MariaDB's way to say what the stages ask for. */
export function mysqlParts({ user, database, socket }: ServerTarget): SqlParts {
  return {
    contains: (column, text) => {
      const [whole, words] = comparable(column, text);
      return sql<SqlBool>`length(substring_index(${whole}, ${words}, 1)) < length(${whole})`;
    },
    // Without the text, the part before it is the whole, and the remainder 0.
    from: (column, text, length) => {
      const [whole, words] = comparable(column, text);
      const before = sql`length(substring_index(${whole}, ${words}, 1))`;
      return sql<string>`substr(${whole}, ${before} % length(${whole}) + 1, ${sql.lit(length)})`;
    },
    tuples: (rows) => sql`(${sql.join(rows.map(([a, b]) => sql`(${a}, ${b})`))})`,
    tableOptions: 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin',
    grant: (privileges, table) => {
      const [name = '', schema = database] = table.split('.').reverse();
      const account = `'${user.replaceAll("'", "''")}'@'${socket ? 'localhost' : '%'}'`;
      return `grant ${privileges.join(', ')} on ${quoteName(schema)}.${quoteName(name)} to ${account}`;
    },
    grantSchema: () => '',
    eventsSchema: null,
  };
}

/**
 * A column and a text, to look for one in the other with SUBSTRING_INDEX: it compares characters as they are, needs no
 * escaping, and is handed on rightly by the Spider engine, which swaps LOCATE's arguments and drops LIKE's ESCAPE.
 *
 * ASCII is the same bytes in each character set that the column may have (but UCS-2 and its like), and bytes are five
 * times as fast: IFNULL makes bytes of a text without copying it. Other text needs the collation, with which a text that
 * the column's character set cannot hold is nowhere, instead of being an error.
 */
function comparable(column: string, text: string): [column: RawBuilder<unknown>, text: RawBuilder<unknown>] {
  if (/^[ -~]*$/.test(text)) return [sql`ifnull(${sql.ref(column)}, cast('' as binary))`, sql`${text}`];
  return [sql`${sql.ref(column)}`, sql`${text} collate utf8mb4_bin`];
}

/** Compiles statements for MySQL and MariaDB without a connection. */
export function mysqlCompiler(): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new MysqlDialect({ pool: () => Promise.reject(new Error('not connected')) }) });
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/**
 * One statement, since each is a round trip. The comments are read by MariaDB only (M!) and by MySQL from 5.7.8 on;
 * MariaDB skips MySQL's comments of that version (MariaDB: comment syntax).
 */
function sessionSettings({ readOnly, statementSeconds }: OpenOptions): string {
  const settings = [
    // Strict, so that nothing is cut silently; without NO_BACKSLASH_ESCAPES and ANSI_QUOTES, since the client escapes.
    `sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'`,
    `time_zone='+00:00'`,
    `innodb_lock_wait_timeout=20`,
    `wait_timeout=${statementSeconds + SPARE_SECONDS}`,
    `net_write_timeout=${statementSeconds + SPARE_SECONDS}`,
    `/*M! max_statement_time=${statementSeconds}, */ /*!50708 max_execution_time=${statementSeconds * 1000}, */ autocommit=1`,
  ];
  // MariaDB has the older name, MySQL 8 only the newer one.
  if (readOnly) settings.push('/*M! tx_read_only=1, */ /*!50720 transaction_read_only=1, */ autocommit=1');
  return `set session ${settings.join(', ')}`;
}

function stream(connection: mysql.Connection, query: CompiledQuery, onRow: (row: Row) => void): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    // A lost connection is reported there only: the driver tells a query without a callback nothing.
    connection.once('error', reject);
    connection
      .query({ sql: query.sql, values: [...query.parameters], rowsAsArray: true, typeCast })
      .on('result', (row) => onRow(row as unknown as Row))
      .on('error', reject)
      .on('end', () => {
        connection.off('error', reject);
        resolve();
      });
  });
}

/**
 * Bytes as one character each, as addresses are compared; a Buffer for each value would cost half of a scan. The
 * fragment of a message comes as bytes too, but is text. Times are numbers.
 */
const typeCast: mysql.TypeCast = (field, next) =>
  field.name === 'epoch' ? next() : field.string(field.name === 'fragment' ? 'utf8' : undefined);

/** Kysely asks for a pool; a run has exactly one connection, because the lock belongs to it. */
function poolOfOne(connection: mysql.Connection) {
  return {
    getConnection: (callback: (error: unknown, connection: never) => void) =>
      callback(null, Object.assign(connection, { release: () => undefined }) as never),
    end: (callback: (error: unknown) => void) => callback(null),
  };
}
