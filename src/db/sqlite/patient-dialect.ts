import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CompiledQuery,
  type DatabaseConnection,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely';

const PAUSE_MILLISECONDS = 50;
/** How long a statement is tried again while another program locks the file. */
const PATIENCE_MILLISECONDS = 10_000;

/**
 * Waits for a locked file between statements instead of inside one: the driver is synchronous, and while it waits
 * nothing else gets a turn, not even the time limit of the run.
 */
export class PatientSqliteDialect extends SqliteDialect {
  constructor(private readonly configuration: SqliteDialectConfig) {
    super(configuration);
  }

  override createDriver(): SqliteDriver {
    return new PatientDriver(this.configuration);
  }
}

class PatientDriver extends SqliteDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    const patient: DatabaseConnection = {
      executeQuery: (query: CompiledQuery) => untilNotBusy(() => connection.executeQuery(query)),
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
    return patient;
  }
}

/** Does the work again and again for as long as another program locks the file, within patience. */
export async function untilNotBusy<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || performance.now() > until) throw error;
      await sleep(PAUSE_MILLISECONDS);
    }
  }
}
