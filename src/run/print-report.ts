import { describeTarget } from '../db/target.ts';
import type { Findings } from '../leaks/findings.ts';
import { type AlertOutcome, compareBytes, type LeakEntry, type Report } from '../model.ts';
import { hasThresholds } from '../options/exceptions.ts';
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
function buildReport(options: Options, findings: Findings, attempts: readonly Attempt[]): Report {
  const { rule, dryRun, windowSeconds, thresholdBytes, groupBy, policies } = options;
  const { asOf, tally, watched } = findings;
  const leaks = reportedLeaks(findings, attempts);
  const overUdp = options.syslog?.transport === 'udp';
  const hasOwnThresholds = hasThresholds(options.exceptions, asOf);
  const database = options.database ? describeTarget(options.database) : 'the built-in sample day';
  const settings = { rule, database, dryRun, overUdp, asOf, windowSeconds, thresholdBytes, groupBy, policies };
  return { ...settings, hasOwnThresholds, tally, leaksNow: findings.leaks.length, leaks, watched };
}

/** Prints the report of a run, with `--quiet` only when there is an alert, and keeps it for the page. */
export async function printReport(
  { options, terminal, outcome }: RunContext,
  findings: Findings,
  attempts: readonly Attempt[],
): Promise<void> {
  const isPrinted = !options.quiet || attempts.length > 0;
  // Of very many leaks, even the list is large.
  if (!isPrinted && options.html === null) return;
  outcome.report = buildReport(options, findings, attempts);
  if (!isPrinted) return;
  for (const part of await render(outcome.report, options, terminal)) await terminal.out(part);
}

/** Lists every alert of this run with its own figures, and the current leaks without one; largest first. */
function reportedLeaks(findings: Findings, attempts: readonly Attempt[]): LeakEntry[] {
  const alerted = new Set(attempts.map(({ alert }) => alert.episodeId));
  const leaks = attempts.map(({ alert: { leak, alertId }, outcome }): LeakEntry => {
    // Otherwise no receiver ever sees it.
    const wasTried = outcome === 'sent' || outcome === 'failed';
    return { leak, alert: outcome, alertId: wasTried ? alertId : null };
  });
  for (const { leak, episodeId } of findings.leaks) {
    if (episodeId === null || !alerted.has(episodeId)) leaks.push({ leak, alert: 'none', alertId: null });
  }
  return leaks.sort((a, b) => compareBytes(a.leak, b.leak));
}

// Loaded on demand: together the formats are a third of the code that a run would load.
async function render(report: Report, { format }: Options, terminal: Terminal): Promise<Iterable<string>> {
  switch (format) {
    case 'table':
      return [await (await import('../report/table.ts')).renderTable(report, await terminal.chalk(), terminal)];
    case 'json':
      return (await import('../report/json.ts')).renderJson(report);
    case 'csv':
      return (await import('../report/csv.ts')).renderCsv(report);
  }
}
