import type { Database } from '../db/database.ts';
import type { Tally } from '../model.ts';
import type { Options } from '../options/options.ts';
import type { StateStore } from '../state/store.ts';
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
  /** Unix seconds at which the window ends: --as-of, or now by the database's clock. */
  now(): Promise<number>;
  /** By `performance.now()`: the run is ended then, whatever it is doing. */
  readonly deadline: number;
  /** Filled in as the run goes on. */
  readonly outcome: RunOutcome;
}

/** Results that every kind of run has about its window. */
export interface RunFindings {
  readonly asOf: number;
  readonly tally: Tally;
  readonly leaks: readonly unknown[];
}

/** Reads events and prints a report; null when another run was under way and nothing was done. */
export type RunKind = (context: RunContext) => Promise<RunFindings | null>;
