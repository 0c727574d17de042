import type { ExceptionRules } from '../options/exceptions.ts';

/** Settings that a rule should keep from run to run. */
export interface Scope {
  readonly policies: readonly string[];
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
}

/** Settings of runs that share state: those with the same rule and group-by fields, whatever the rest. */
export interface Schedule extends Scope {
  readonly rule: string;
  readonly groupBy: readonly string[];
  readonly exceptions: ExceptionRules;
  /** Editions of the IP databases that decide on exceptions or groups; a newer one may move old bytes to other totals. */
  readonly ipDatabaseEditions?: readonly string[];
}
