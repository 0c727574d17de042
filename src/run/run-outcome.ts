import type { Report, Tally } from '../model.ts';

/** Outcome of a run, filled in step by step so that it can be reported however the run ends. */
export class RunOutcome {
  /** `skipped`: nothing was done, since another run was under way or the clock was behind. */
  status: 'completed' | 'skipped' | 'failed' = 'failed';
  /** Result of the latest evaluation. */
  found: { readonly leaks: readonly unknown[]; readonly tally: Tally } | null = null;
  /** The report, whether printed or not. */
  report: Report | null = null;
  /** Outcome of each alert that was due, by alert id. */
  readonly alerts = new Map<string, 'due' | 'sent' | 'failed'>();

  countAlerts(outcome: 'due' | 'sent' | 'failed'): number {
    return [...this.alerts.values()].filter((one) => one === outcome).length;
  }
}
