import type { Database } from '../db/database.ts';
import type { Inspector } from '../db/inspector.ts';
import type { Options } from '../options/options.ts';
import type { IpDatabases } from '../tally/ip-database.ts';
import type { WindowScan } from './events/window-scan.ts';

/** What the checks share. Each part is computed once, when the first check asks for it. */
export interface CheckContext {
  readonly options: Options;
  /** @throws DatabaseError when the events database cannot be opened */
  source(): Promise<EventsAccess>;
  /**
   * Null when the state is in a file that the first run will create.
   *
   * @throws DatabaseError when the state database cannot be opened
   */
  state(): Promise<StateAccess | null>;
  /** Unix seconds by the clock of the events database, or by this machine's where that cannot be asked. */
  now(): Promise<number>;
  /** Unix seconds at which the window ends. */
  asOf(): Promise<number>;
  /** @throws UsageError when a file cannot be used */
  ipDatabases(): Promise<IpDatabases>;
  /** The one scan of the window's events. */
  scan(): Promise<WindowScan>;
  /** Time until the checks have to end. */
  remainingSeconds(): number;
}

export interface EventsAccess {
  /** Its tables are taken from the schema. */
  readonly database: Database;
  readonly inspector: Inspector;
  /** Null where the server alone decides. */
  readonly schema: string | null;
}

/** A connection that only reads: a check writes nothing. */
export interface StateAccess {
  readonly database: Database;
  readonly inspector: Inspector;
}
