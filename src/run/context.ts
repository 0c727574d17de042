import type { Database } from '../db/database.ts';
import type { Tally } from '../model.ts';
import type { Options } from '../options/options.ts';
import type { StateStore } from '../state/store.ts';
import type { Terminal } from '../terminal.ts';
import type { RunOutcome } from './run-outcome.ts';

/** All that a run works with. */
export interface RunContext {
  readonly options: Options;
  readonly terminal: Terminal;
  /** Events and names; never written to. */
  readonly source: Database;
  /** Null in a dry run whose state database does not exist yet. */
  readonly store: StateStore | null;
  /** Unix seconds at which the window ends. */
  readonly asOf: number;
  /** Filled in as the run goes on. */
  readonly outcome: RunOutcome;
}

/** What every kind of run learns of the window. */
export interface Found {
  readonly asOf: number;
  readonly tally: Tally;
  readonly leaks: readonly unknown[];
}

/** One kind of run, from the first event to the report; null when another run was under way and nothing was done. */
export type RunKind = (context: RunContext) => Promise<Found | null>;
