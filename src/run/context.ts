import type { Database } from '../db/database.ts';
import type { Tally } from '../model.ts';
import type { Options } from '../options/options.ts';
import type { StateStore } from '../state/store.ts';
import type { IpDatabases } from '../tally/ip-database.ts';
import type { Terminal } from '../terminal.ts';
import type { RunOutcome } from './run-outcome.ts';

/** What a run needs, passed to every kind of run. */
export interface RunContext {
  readonly options: Options;
  readonly terminal: Terminal;
  /** Scrutinizer's database, only ever read. */
  readonly source: Database;
  /** Null in a dry run whose state database does not exist yet. */
  readonly store: StateStore | null;
  /** Empty unless files were given. */
  readonly ipDatabases: IpDatabases;
  /** Unix seconds at which the window ends: --as-of, or now by the database's clock. */
  now(): Promise<number>;
  /** By `performance.now()`: when the run is ended, whatever it is doing. */
  readonly deadline: number;
  /** Filled in as the run goes on. */
  readonly outcome: RunOutcome;
}

/** What every kind of run finds in its window. */
export interface RunFindings {
  readonly asOf: number;
  readonly tally: Tally;
  readonly leaks: readonly unknown[];
  /** Why it went on without host names, if it did. */
  readonly namesFailure?: string | null;
}

/** Reads events and prints a report; null when nothing was done, since another run was under way or the clock was behind. */
export type RunKind = (context: RunContext) => Promise<RunFindings | null>;
