import type { ExclusionRules } from '../model.ts';

/** The settings that a rule is expected to keep from run to run. */
export interface Scope {
  readonly policies: readonly string[];
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
}

/** Runs that share their state: those with the same rule and group-by fields, whatever the other settings are. */
export interface Schedule extends Scope {
  readonly rule: string;
  readonly groupBy: readonly string[];
  readonly exclusions: ExclusionRules;
}
