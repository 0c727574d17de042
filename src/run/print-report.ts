import type { Look } from '../leaks/find-leaks.ts';
import { type AlertOutcome, compareBytes, type Report, type ReportedLeak } from '../model.ts';
import type { Options } from '../options/options.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { Terminal } from '../terminal.ts';
import type { RunContext } from './context.ts';

/** What became of an alert in this run. */
export interface Attempt {
  readonly alert: DueAlert;
  readonly outcome: AlertOutcome;
}

/** Everything that there is to report of a look and its alerts. */
export function buildReport(options: Options, look: Look, attempts: readonly Attempt[]): Report {
  const { rule, dryRun, windowSeconds, thresholdBytes, groupBy, policies } = options;
  const { asOf, tally, watched } = look;
  const leaks = reportedLeaks(look, attempts);
  return { rule, dryRun, asOf, windowSeconds, thresholdBytes, groupBy, policies, tally, leaks, watched };
}

/** Prints the report, unless it is to be quiet and there is no news in it. */
export async function printReport({ options, terminal }: RunContext, report: Report, hasNews: boolean): Promise<void> {
  if (options.quiet && !hasNews) return;
  await terminal.out(await render(report, options, terminal));
}

/** Each leak of now with what became of its last alert, and those alerted that are no leaks any more; largest first. */
function reportedLeaks(look: Look, attempts: readonly Attempt[]): ReportedLeak[] {
  const past = new Map(attempts.map((attempt) => [attempt.alert.episodeId, attempt]));
  const current = look.leaks.map(({ leak, episodeId }): ReportedLeak => {
    const attempt = past.get(episodeId);
    past.delete(episodeId);
    return { ...leak, status: attempt?.alert.leak.status ?? leak.status, alert: attempt?.outcome ?? 'none' };
  });
  const over = Array.from(past.values(), ({ alert, outcome }) => ({ ...alert.leak, alert: outcome }));
  return [...current, ...over].sort(compareBytes);
}

// Each is loaded only when it is used: together they are a third of what a run would have to load.
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
