import { compareThresholds } from '../leaks/compare-thresholds.ts';
import { renderWhatIfCsv, renderWhatIfJson, renderWhatIfTable } from '../report/what-if.ts';
import { progressOn } from '../terminal.ts';
import type { RunContext, RunFindings } from './context.ts';
import { endedNotices, scanWarnings, warn } from './warnings.ts';

/** Compares thresholds by the leaks and alerts that each would have given; sends and writes nothing. */
export async function printWhatIf({ options, terminal, source, ipDatabases, now }: RunContext): Promise<RunFindings> {
  const context = { source, ipDatabases, showProgress: progressOn(terminal) };
  const report = await compareThresholds(options, options.whatIf ?? [], context, await now());
  await warn(terminal, [...scanWarnings(options, report.tally), ...endedNotices(options, report.asOf)]);
  switch (options.format) {
    case 'table':
      await terminal.out(renderWhatIfTable(report, await terminal.chalk(), terminal));
      break;
    case 'json':
      await terminal.out(renderWhatIfJson(report));
      break;
    case 'csv':
      await terminal.out(renderWhatIfCsv(report));
  }
  return { ...report, leaks: [] };
}
