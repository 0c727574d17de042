import type { Report, Tally } from '../model.ts';

/** What is known of a run so far: filled in as it goes on, so that it can be told however the run ends. */
export class RunOutcome {
  /** `skipped` is a run that did nothing, since another one was under way. */
  status: 'completed' | 'skipped' | 'failed' = 'failed';
  /** The last look at the window. */
  found: { readonly leaks: readonly unknown[]; readonly tally: Tally } | null = null;
  /** What there is to report, printed or not; null until then. */
  report: Report | null = null;
  /** What became of each alert that was due, by its id. */
  readonly alerts = new Map<string, 'due' | 'sent' | 'failed'>();

  countAlerts(outcome: 'due' | 'sent' | 'failed'): number {
    return [...this.alerts.values()].filter((one) => one === outcome).length;
  }
}
