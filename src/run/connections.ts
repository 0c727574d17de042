import { connect } from '../db/connect.ts';
import type { Database, OpenOptions } from '../db/database.ts';
import { findEventsSchema } from '../db/find-tables.ts';
import { type DatabaseTarget, IN_MEMORY } from '../db/target.ts';
import { DatabaseError } from '../errors.ts';
import type { Options } from '../options/options.ts';
import { StateStore } from '../state/store.ts';
import { stateTables } from '../state/tables.ts';
import type { RunContext } from './context.ts';
import { decidingEditions, ipDatabasesOf } from './ip-databases.ts';

/** The table by which Scrutinizer's schema is found. */
export const EVENTS_TABLE = 'alm_bulletin_board_data';

/** The connections and IP databases of one run, and its clock. */
type Connections = Pick<RunContext, 'source' | 'store' | 'now' | 'ipDatabases'>;

type Open = (target: DatabaseTarget, how: Pick<OpenOptions, 'readOnly' | 'create'>) => Promise<Database>;

/** Opens the connections for a run, and closes them however the run ends. */
export async function withConnections<T>(options: Options, use: (connections: Connections) => Promise<T>): Promise<T> {
  const ipDatabases = await ipDatabasesOf(options);
  const opened: Database[] = [];
  const open: Open = async (target, how) => {
    const database = await connect(target, {
      ...how,
      statementSeconds: options.timeoutSeconds,
      tables: tableNames(options),
    });
    opened.push(database);
    return database;
  };
  const schedule = { ...options, ipDatabaseEditions: decidingEditions(options, ipDatabases) };
  const storeIn = (state: Database | null) => state && new StateStore(state, options.stateTable, schedule);
  try {
    if (options.database === null) {
      const demo = await open(IN_MEMORY, { readOnly: false, create: true });
      const { DEMO_AS_OF, fillDemo } = await import('../scrutinizer/demo-day.ts');
      await fillDemo(demo);
      return await use({
        source: demo,
        store: storeIn(demo),
        ipDatabases,
        now: async () => options.asOf ?? DEMO_AS_OF,
      });
    }
    const reading = open(options.database, { readOnly: true, create: false });
    // Side by side, since each takes several round trips.
    const opening = [reading, openState(options, reading, open)] as const;
    // When one fails, the other may still open, and is to be closed too.
    await Promise.allSettled(opening);
    const [source, state] = await Promise.all(opening);
    return await use({
      source: inSchema(source, options.eventsSchema ?? findEventsSchema(source, EVENTS_TABLE)),
      store: storeIn(state),
      ipDatabases,
      now: async () => options.asOf ?? source.now(),
    });
  } finally {
    await Promise.all(opened.map((database) => database.close()));
  }
}

async function openState(
  { database, state, dryRun }: Options,
  source: Promise<Database>,
  open: Open,
): Promise<Database | null> {
  const target = state ?? database;
  // Never create the events database: an empty one would look like a quiet day.
  if (!dryRun) return target && open(target, { readOnly: false, create: state !== null });
  if (state === null) return source;
  try {
    return await open(state, { readOnly: true, create: false });
  } catch (error) {
    if (error instanceof DatabaseError && error.fault === 'missing') return null;
    throw error;
  }
}

/** Names of the tables to look for in the catalog. */
export function tableNames({ stateTable }: Options): string[] {
  const { episodes, runs } = stateTables(stateTable);
  return [EVENTS_TABLE, ...[episodes, runs].map((name) => name.split('.').at(-1) ?? name)];
}

/** Returns the same connection with unqualified tables taken from this schema. */
export function inSchema(database: Database, schema: string | null): Database {
  return schema === null ? database : { ...database, kysely: database.kysely.withSchema(schema) };
}
