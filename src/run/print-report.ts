import type { Look } from '../leaks/find-leaks.ts';
import { type AlertOutcome, compareBytes, type Report, type ReportedLeak } from '../model.ts';
import type { Options } from '../options/options.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { Terminal } from '../terminal.ts';
import type { RunContext } from './context.ts';

/** An alert of this run with its outcome. */
export interface Attempt {
  readonly alert: DueAlert;
  readonly outcome: AlertOutcome;
}

/** Combines a look at the window and its alerts into a report. */
export function buildReport(options: Options, look: Look, attempts: readonly Attempt[]): Report {
  const { rule, dryRun, windowSeconds, thresholdBytes, groupBy, policies } = options;
  const { asOf, tally, watched } = look;
  const leaks = reportedLeaks(look, attempts);
  return { rule, dryRun, asOf, windowSeconds, thresholdBytes, groupBy, policies, tally, leaks, watched };
}

/** Prints the report; with `--quiet` only when there is news. */
export async function printReport({ options, terminal }: RunContext, report: Report, hasNews: boolean): Promise<void> {
  if (options.quiet && !hasNews) return;
  await terminal.out(await render(report, options, terminal));
}

/** Returns the current leaks and those that are over but were alerted in this run, largest first. */
function reportedLeaks(look: Look, attempts: readonly Attempt[]): ReportedLeak[] {
  const unmatched = new Map(attempts.map((attempt) => [attempt.alert.episodeId, attempt]));
  const current = look.leaks.map(({ leak, episodeId }): ReportedLeak => {
    const attempt = unmatched.get(episodeId);
    unmatched.delete(episodeId);
    return { ...leak, status: attempt?.alert.leak.status ?? leak.status, alert: attempt?.outcome ?? 'none' };
  });
  const over = Array.from(unmatched.values(), ({ alert, outcome }) => ({ ...alert.leak, alert: outcome }));
  return [...current, ...over].sort(compareBytes);
}

// Loaded on demand: together the formats are a third of the code that a run would load.
async function render(report: Report, { format }: Options, terminal: Terminal): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('../report/table.ts')).renderTable(report, await terminal.chalk(), terminal.columns);
    case 'json':
      return (await import('../report/json.ts')).renderJson(report);
    case 'csv':
      return (await import('../report/csv.ts')).renderCsv(report);
  }
}
