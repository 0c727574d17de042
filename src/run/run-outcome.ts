import type { Report, Tally } from '../model.ts';
import type { IpDatabaseFile } from '../tally/ip-database.ts';
import { plural } from '../util/text.ts';

/** Outcome of a run, filled in step by step so that it can be reported however the run ends. */
export class RunOutcome {
  /** `skipped`: nothing was done, since another run was under way or the clock was behind. */
  status: 'completed' | 'skipped' | 'failed' = 'failed';
  /** Result of the latest evaluation. */
  found: { readonly leaks: readonly unknown[]; readonly tally: Tally } | null = null;
  /** The report, whether printed or not. */
  report: Report | null = null;
  /** Empty until they are opened. */
  ipDatabases: readonly IpDatabaseFile[] = [];
  /** Number of alerts by what became of them so far; those that failed or were not tried are due. */
  readonly alerts = { due: 0, sent: 0, failed: 0 };

  /** `2 alerts sent, 1 due` */
  describeAlerts(): string {
    const { sent, due } = this.alerts;
    return sent + due === 0 ? 'nothing was alerted' : `${plural(sent, 'alert')} sent, ${due} due`;
  }
}
