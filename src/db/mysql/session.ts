import { Kysely, MysqlDialect, sql } from 'kysely';
import type mysql from 'mysql2';
import { onlyBinaryAddresses } from '../address-columns.ts';
import type { Database, OpenOptions, Row, Schema, TextColumn } from '../database.ts';
import { withQuietRollback } from '../quiet-rollback.ts';
import { formatServer, type ServerTarget } from '../target.ts';
import { withTimeLimit } from '../time-limit.ts';
import { openConnection } from './connection.ts';
import { explainMysqlError } from './errors.ts';
import { mysqlParts } from './parts.ts';
import { sessionSettings } from './settings.ts';

/** The driver's number of the character set of all our text (mysql2: constants/charsets.js). */
const UTF8MB4_UNICODE_CI = 224;
/** Number of the character set of columns that hold bytes. */
const BINARY = 63;
/** What even servers with little memory accept, until the server has told its limit. */
const ASSUMED_STATEMENT_BYTES = 512 * 1024;
/** Room for the statement around its values. */
const STATEMENT_OVERHEAD_BYTES = 4096;

/** Opens a MySQL or MariaDB session with fixed settings. */
export async function openMysql(target: ServerTarget, options: OpenOptions): Promise<Database> {
  const explain = (error: unknown) => explainMysqlError(error, target);
  const connection = await openConnection(target).catch((error) => Promise.reject(explain(error)));
  // Emitted when the connection is lost between statements; without a listener the process would crash.
  let lost: Error | undefined;
  const keepFirst = (error: Error) => {
    lost ??= error;
  };
  connection.on('error', keepFirst);
  // The driver follows the character set that the server reports, which is not yet ours.
  const useUtf8 = () => {
    connection.config.charsetNumber = UTF8MB4_UNICODE_CI;
  };
  const run = (statement: string) =>
    new Promise<unknown>((resolve, reject) => {
      connection.query({ sql: statement, rowsAsArray: true }, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  try {
    useUtf8();
    await run(sessionSettings(options));
    useUtf8();
  } catch (error) {
    connection.destroy();
    throw explain(error);
  }

  const dialect = new MysqlDialect({ pool: poolOfOne(connection, keepFirst) });
  const kysely = new Kysely<Schema>({ dialect: withQuietRollback(dialect) });
  let maxStatementBytes = ASSUMED_STATEMENT_BYTES;
  return {
    kysely,
    sql: mysqlParts(target),
    schema: target.database,
    catalog: null,
    get maxStatementBytes() {
      return maxStatementBytes;
    },
    stream: (query, onRow, limitSeconds) => {
      const text = limitSeconds === undefined ? query.sql : limited(query.sql, limitSeconds);
      const rows = stream(connection, text, query.parameters, onRow);
      const guarded = rows.catch((error) => Promise.reject(explain(lost ?? error)));
      if (limitSeconds === undefined) return guarded;
      return withTimeLimit(formatServer(target), limitSeconds, guarded, {
        // The server counts for itself.
        cancel: () => undefined,
        abandon: () => connection.destroy(),
      });
    },
    now: async () => {
      const rows = (await run('select unix_timestamp()').catch((error) =>
        Promise.reject(explain(lost ?? error)),
      )) as Row[];
      return Number(rows[0]?.[0]);
    },
    tryLock: async (name) => {
      // Whoever takes the lock is about to write: the limit comes along without a round trip of its own.
      const { rows } = await sql<{ acquired: number | null; packet: number }>`
        select get_lock(${name}, 0) as acquired, @@max_allowed_packet as packet`.execute(kysely);
      maxStatementBytes = Number(rows[0]?.packet ?? ASSUMED_STATEMENT_BYTES) - STATEMENT_OVERHEAD_BYTES;
      return rows[0]?.acquired === 1;
    },
    explain: (error) => explain(lost ?? error),
    inspect: async () => {
      const { mysqlInspector } = await import('./inspector.ts');
      return mysqlInspector({ kysely, explain: (error) => explain(lost ?? error) }, target);
    },
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

/**
 * Gives a select statement a time limit of its own (MariaDB: SET STATEMENT; MySQL: optimizer hints). KILL QUERY would
 * need a second connection, which an account may be refused and which a proxy may take to another server.
 */
function limited(select: string, seconds: number): string {
  const hint = `/*+ max_execution_time(${Math.ceil(seconds * 1000)}) */`;
  return `/*M! set statement max_statement_time=${seconds} for */ ${select.replace(/^select\b/, `select ${hint}`)}`;
}

function stream(
  connection: mysql.Connection,
  text: string,
  values: readonly unknown[],
  onRow: (row: Row) => void,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    let take = onRow;
    // The driver does not report a lost connection to a query without a callback.
    connection.once('error', reject);
    connection
      .query({ sql: text, values: [...values], rowsAsArray: true, typeCast })
      .on('fields', (fields: readonly mysql.FieldPacket[]) => {
        const columns = fields.map(({ name, characterSet }) => ({ name, isBinary: characterSet === BINARY }));
        take = onlyBinaryAddresses(columns, onRow);
      })
      .on('result', (row) => take(row as unknown as Row))
      .on('error', reject)
      .on('end', () => {
        connection.off('error', reject);
        resolve();
      });
  });
}

const BYTES_OF_TEXT: ReadonlySet<string> = new Set<TextColumn>(['fragment', 'beginning']);

/**
 * Reads addresses as one character per byte, the form of an AddressKey: a Buffer per value would take half of the
 * scan's time. Parts of the message arrive as bytes too, but are text.
 */
const typeCast: mysql.TypeCast = (field, next) =>
  field.name === 'epoch' ? next() : field.string(BYTES_OF_TEXT.has(field.name) ? 'utf8' : undefined);

/**
 * Kysely wants a pool, but the lock belongs to the one connection.
 *
 * @param onLost is told the error that ended the connection: later statements fail with less telling ones
 */
function poolOfOne(connection: mysql.Connection, onLost: (error: mysql.QueryError) => void) {
  const query = (statement: string, values: readonly unknown[], callback: (error: unknown, rows: unknown) => void) =>
    connection.query(statement, [...values], (error, rows) => {
      if (error?.fatal) onLost(error);
      callback(error, rows);
    });
  const only = { query, release: () => undefined };
  return {
    getConnection: (callback: (error: unknown, connection: never) => void) => callback(null, only as never),
    end: (callback: (error: unknown) => void) => callback(null),
  };
}
