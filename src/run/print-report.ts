import type { Explanation } from '../explain/explain.ts';
import type { Evaluation } from '../leaks/find-leaks.ts';
import { type AlertOutcome, compareBytes, type Report, type ReportedLeak, type WhatIfReport } from '../model.ts';
import type { Options } from '../options/options.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { Terminal } from '../terminal.ts';
import type { RunFacts } from './facts.ts';

/** What became of an alert in this run. */
export interface Attempt {
  readonly alert: DueAlert;
  readonly outcome: AlertOutcome;
}

/** Prints the report, unless it is to be quiet and there is nothing new in it. In any case it is put into the facts. */
export async function printReport(
  options: Options,
  terminal: Terminal,
  found: Evaluation,
  attempts: readonly Attempt[],
  facts: RunFacts,
): Promise<void> {
  const report: Report = {
    rule: options.rule,
    dryRun: options.dryRun,
    asOf: found.asOf,
    windowSeconds: options.windowSeconds,
    thresholdBytes: options.thresholdBytes,
    groupBy: options.groupBy,
    policies: options.policies,
    tally: found.tally,
    leaks: reportedLeaks(found, attempts),
    watched: found.watched,
  };
  facts.report = report;
  if (options.quiet && attempts.length === 0) return;
  await terminal.out(await render(report, options, terminal));
}

/**
 * Writes the report as a page, where that is asked for. The host names in it are nobody else's business, so a new file is
 * for its owner alone; who may read one that is there stays as it is.
 *
 * @param report null when the run did not come as far as that
 * @throws FileError when the page cannot be written
 */
export async function writePage({ html }: Options, report: Report | null): Promise<void> {
  if (html === null || report === null) return;
  const { replaceFile } = await import('../util/atomic-file.ts');
  const { renderHtml } = await import('../report/page/page.ts');
  replaceFile('page', html, renderHtml(report), 'kept');
}

/** Each leak of now with what became of its last alert, and those alerted that are no leaks any more; largest first. */
function reportedLeaks(found: Evaluation, attempts: readonly Attempt[]): ReportedLeak[] {
  const past = new Map(attempts.map((attempt) => [attempt.alert.episodeId, attempt]));
  const current = found.leaks.map(({ leak, episodeId }): ReportedLeak => {
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

/** Prints why groups are alerted or not, in the form that was asked for. */
export async function printExplanation(
  explanation: Explanation,
  { format }: Options,
  terminal: Terminal,
): Promise<void> {
  const { out } = terminal;
  switch (format) {
    case 'table': {
      const { renderExplainTable } = await import('../report/explanation/table.ts');
      return out(renderExplainTable(explanation, await terminal.chalk(), terminal.columns));
    }
    case 'json':
      return out((await import('../report/explanation/json.ts')).renderExplainJson(explanation));
    case 'csv':
      return out((await import('../report/explanation/csv.ts')).renderExplainCsv(explanation));
  }
}

/** Prints thresholds compared, in the form that was asked for. */
export async function printWhatIf(report: WhatIfReport, { format }: Options, { out, chalk }: Terminal): Promise<void> {
  const render = await import('../report/what-if.ts');
  switch (format) {
    case 'table':
      return out(render.renderWhatIfTable(report, await chalk()));
    case 'json':
      return out(render.renderWhatIfJson(report));
    case 'csv':
      return out(render.renderWhatIfCsv(report));
  }
}
