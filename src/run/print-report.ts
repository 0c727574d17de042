import type { Findings } from '../leaks/findings.ts';
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

/** Builds the report from a run's findings and the outcomes of its alerts. */
export function buildReport(options: Options, findings: Findings, attempts: readonly Attempt[]): Report {
  const { rule, dryRun, windowSeconds, thresholdBytes, groupBy, policies } = options;
  const { asOf, tally, watched } = findings;
  const leaks = reportedLeaks(findings, attempts);
  const overUdp = options.syslog?.transport === 'udp';
  const settings = { rule, dryRun, overUdp, asOf, windowSeconds, thresholdBytes, groupBy, policies };
  return { ...settings, tally, leaksNow: findings.leaks.length, leaks, watched };
}

/** Prints the report; with `--quiet` only when there is news. */
export async function printReport({ options, terminal }: RunContext, report: Report, hasNews: boolean): Promise<void> {
  if (options.quiet && !hasNews) return;
  await terminal.out(await render(report, options, terminal));
}

/** Lists every alert of this run with its own figures, and the current leaks without one; largest first. */
function reportedLeaks(findings: Findings, attempts: readonly Attempt[]): ReportedLeak[] {
  const alerted = new Set(attempts.map(({ alert }) => alert.episodeId));
  const others = findings.leaks.filter(({ episodeId }) => episodeId === null || !alerted.has(episodeId));
  return [
    ...attempts.map(({ alert, outcome }) => ({ ...alert.leak, alert: outcome })),
    ...others.map(({ leak }) => ({ ...leak, alert: 'none' as const })),
  ].sort(compareBytes);
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
