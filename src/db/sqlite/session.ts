import { type CompiledQuery, Kysely } from 'kysely';
import type Libsql from 'libsql';
import type { DatabaseError } from '../../errors.ts';
import type { Database, OpenOptions, Row, Schema } from '../database.ts';
import { withQuietRollback } from '../quiet-rollback.ts';
import { type FileTarget, IN_MEMORY } from '../target.ts';
import { type Decode, decodingRows } from '../text-columns.ts';
import { timeLimitError } from '../time-limit.ts';
import { explainLoadError, explainSqliteError } from './errors.ts';
import { lockFilePath } from './lock-holder.ts';
import { type Encoding, sqliteParts } from './parts.ts';
import { createPrivately, prepareFile } from './prepare-file.ts';
import { prepareOnce } from './prepare-once.ts';
import { RetryingSqliteDialect, retryWhileBusy } from './retrying-dialect.ts';

const ROWS_PER_TURN = 10_000;
/** Kept short: the driver is synchronous, and while it waits for a lock not even the run's time limit can fire. */
const BUSY_MILLISECONDS = 100;

/** Opens a file, or an empty database in memory (`:memory:`). A new file is readable by its owner only. */
export async function openSqlite({ file }: FileTarget, options: OpenOptions): Promise<Database> {
  const explain = (error: unknown) => explainSqliteError(error, file);
  let database: Libsql.Database;
  const Connection = await loadLibsql();
  try {
    if (file !== IN_MEMORY.file) prepareFile(file, options);
    database = new Connection(file);
    database.exec(`pragma busy_timeout=${BUSY_MILLISECONDS}`);
    if (options.readOnly) database.exec('pragma query_only=1');
    // A file that is not a database is detected only when it is read.
    await retryWhileBusy(async () => database.prepare('select count(*) from sqlite_master').get());
  } catch (error) {
    throw explain(error);
  }
  const kysely = new Kysely<Schema>({
    dialect: withQuietRollback(new RetryingSqliteDialect({ database: prepareOnce(database) })),
  });
  const { encoding } = database.prepare('pragma encoding').get() as { encoding: Encoding };
  let lock: Libsql.Database | undefined;
  return {
    kysely,
    sql: sqliteParts(encoding),
    schema: '',
    catalog: null,
    maxStatementBytes: Number.POSITIVE_INFINITY,
    stream: async (query, onRow, limitSeconds = Number.POSITIVE_INFINITY) => {
      const until = performance.now() + limitSeconds * 1000;
      const checkTime = () => {
        if (performance.now() > until) throw timeLimitError(file, limitSeconds);
      };
      try {
        await stream(database, query, onRow, encoding, checkTime);
      } catch (error) {
        throw explain(error);
      }
    },
    now: async () => Math.floor(Date.now() / 1000),
    tryLock: async (name) => {
      const open = (path: string) => new Connection(path);
      lock = file === IN_MEMORY.file ? undefined : lockFile(open, lockFilePath(file, name), explain);
      return file === IN_MEMORY.file || lock !== undefined;
    },
    explain,
    inspect: async () =>
      (await import('./inspector.ts')).sqliteInspector({ kysely, explain }, { kind: 'sqlite', file }),
    close: async () => {
      lock?.close();
      database.close();
    },
  };
}

/** Loads the driver on demand: runs on other databases do not need its native binary. */
async function loadLibsql(): Promise<typeof Libsql> {
  try {
    return (await import('libsql')).default;
  } catch (error) {
    throw explainLoadError(error);
  }
}

async function stream(
  database: Libsql.Database,
  query: CompiledQuery,
  onRow: (row: Row) => void,
  encoding: Encoding,
  checkTime: () => void,
): Promise<void> {
  const statement = database.prepare(query.sql).raw();
  const columns = statement.columns().map(({ name }) => name);
  const take = decodingRows(columns, decodeFrom(encoding), onRow);
  // Only the first step can find the file locked: from then on this read holds a shared lock.
  const [rows, first] = await retryWhileBusy(async () => {
    const iterator = statement.iterate([...query.parameters]) as IterableIterator<unknown[]>;
    return [iterator, iterator.next()] as const;
  });
  if (first.done) return;
  take(first.value);
  let count = 0;
  for (const row of rows) {
    take(row);
    // The driver is synchronous: without a pause neither the progress line nor the time limit would get a turn.
    if (++count % ROWS_PER_TURN !== 0) continue;
    await new Promise(setImmediate);
    checkTime();
  }
}

function decodeFrom(encoding: Encoding): Decode {
  // Several times as fast as a TextDecoder, for texts as short as these.
  if (encoding === 'UTF-8') return (bytes) => Buffer.prototype.toString.call(bytes);
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  return (bytes) => decoder.decode(bytes);
}

/** Takes an exclusive transaction on a separate file; the operating system releases it with the process. */
function lockFile(
  open: (path: string) => Libsql.Database,
  path: string,
  explain: (error: unknown) => DatabaseError,
): Libsql.Database | undefined {
  try {
    createPrivately(path);
    const lock = open(path);
    lock.exec('pragma busy_timeout=0');
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
    throw explain(error);
  }
}
