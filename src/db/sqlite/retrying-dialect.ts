import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledQuery, type DatabaseConnection, SqliteDialect, type SqliteDialectConfig, SqliteDriver } from 'kysely';

const RETRY_INTERVAL_MILLISECONDS = 50;
const RETRY_FOR_MILLISECONDS = 10_000;

/**
 * Retries statements while another program locks the file. Waiting inside the driver, which is synchronous, would block
 * everything else, even the run's time limit.
 */
export class RetryingSqliteDialect extends SqliteDialect {
  constructor(private readonly configuration: SqliteDialectConfig) {
    super(configuration);
  }

  override createDriver(): SqliteDriver {
    return new RetryingDriver(this.configuration);
  }
}

class RetryingDriver extends SqliteDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    const retrying: DatabaseConnection = {
      executeQuery: (query: CompiledQuery) => retryWhileBusy(() => connection.executeQuery(query)),
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
    return retrying;
  }

  /**
   * Locks the file for writing from the start. A transaction that reads first would keep another writer from committing,
   * and could never write once that one had: no retry would help.
   */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** Retries the work for up to ten seconds while another program locks the file. */
export async function retryWhileBusy<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + RETRY_FOR_MILLISECONDS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || performance.now() > until) throw error;
      await sleep(RETRY_INTERVAL_MILLISECONDS);
    }
  }
}
