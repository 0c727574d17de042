import { type CompiledQuery, Kysely, MysqlDialect, type RawBuilder, type SqlBool, sql } from 'kysely';
import type mysql from 'mysql2';
import type { Database, OpenOptions, Row, Schema, SqlParts } from '../database.ts';
import type { ServerTarget } from '../target.ts';
import { openConnection } from './connection.ts';
import { explainMysqlError } from './errors.ts';

/** Margin over the statement limit: one session idles while a statement runs in the other. */
const IDLE_MARGIN_SECONDS = 60;

/** Opens a MySQL or MariaDB session with fixed settings. */
export async function openMysql(target: ServerTarget, options: OpenOptions): Promise<Database> {
  const explain = (error: unknown) => explainMysqlError(error, target);
  const connection = await openConnection(target).catch((error) => Promise.reject(explain(error)));
  // Emitted when the connection is lost between statements; without a listener the process would crash.
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
    // The driver calls back before it has sent COM_QUIT, and leaves the socket open if the server never answers.
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

/** SQL for MySQL and MariaDB. */
export function mysqlParts({ user, database, socket }: ServerTarget): SqlParts {
  return {
    contains: (column, text) => {
      const [whole, words] = comparable(column, text);
      return sql<SqlBool>`length(substring_index(${whole}, ${words}, 1)) < length(${whole})`;
    },
    // The modulus keeps the position valid without a match, where the part before the text is the whole column.
    substringFrom: (column, text, length) => {
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
 * Prepares a column and a text for SUBSTRING_INDEX, which is case-sensitive, needs no escaping and works with the
 * Spider engine, which swaps LOCATE's arguments and drops LIKE's ESCAPE.
 *
 * ASCII has the same bytes in every character set but UCS-2, UTF-16 and UTF-32, and comparing bytes is five times as
 * fast: IFNULL turns the text into bytes without copying it. Other text needs the collation, so that a text the
 * column's character set cannot represent is not found instead of being an error.
 */
function comparable(column: string, text: string): [column: RawBuilder<unknown>, text: RawBuilder<unknown>] {
  if (/^[ -~]*$/.test(text)) return [sql`ifnull(${sql.ref(column)}, cast('' as binary))`, sql`${text}`];
  return [sql`${sql.ref(column)}`, sql`${text} collate utf8mb4_bin`];
}

/** Compiles statements without a connection. */
export function mysqlCompiler(): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new MysqlDialect({ pool: () => Promise.reject(new Error('not connected')) }) });
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/**
 * Builds one statement, since each costs a round trip. `M!` comments are run by MariaDB only; the numbered ones by
 * MySQL from 5.7.8 or 5.7.20 on, but not by MariaDB (MariaDB: comment syntax).
 */
function sessionSettings({ readOnly, statementSeconds }: OpenOptions): string {
  const settings = [
    // Strict, so that nothing is truncated silently; no NO_BACKSLASH_ESCAPES or ANSI_QUOTES, as the driver escapes
    // values.
    `sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'`,
    `time_zone='+00:00'`,
    `innodb_lock_wait_timeout=20`,
    `wait_timeout=${statementSeconds + IDLE_MARGIN_SECONDS}`,
    `net_write_timeout=${statementSeconds + IDLE_MARGIN_SECONDS}`,
    `/*M! max_statement_time=${statementSeconds}, */ /*!50708 max_execution_time=${statementSeconds * 1000}, */ autocommit=1`,
  ];
  // MariaDB knows the old name, MySQL 8 only the new one.
  if (readOnly) settings.push('/*M! tx_read_only=1, */ /*!50720 transaction_read_only=1, */ autocommit=1');
  return `set session ${settings.join(', ')}`;
}

function stream(connection: mysql.Connection, query: CompiledQuery, onRow: (row: Row) => void): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    // The driver does not report a lost connection to a query without a callback.
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
 * Reads addresses as one character per byte, the form of an AddressKey: a Buffer per value would take half of the
 * scan's time. The message fragment arrives as bytes too, but is text.
 */
const typeCast: mysql.TypeCast = (field, next) =>
  field.name === 'epoch' ? next() : field.string(field.name === 'fragment' ? 'utf8' : undefined);

/** Kysely wants a pool, but the lock belongs to the one connection. */
function poolOfOne(connection: mysql.Connection) {
  return {
    getConnection: (callback: (error: unknown, connection: never) => void) =>
      callback(null, Object.assign(connection, { release: () => undefined }) as never),
    end: (callback: (error: unknown) => void) => callback(null),
  };
}
