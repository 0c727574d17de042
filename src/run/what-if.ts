import { tryThresholds } from '../leaks/compare-thresholds.ts';
import { renderWhatIfCsv, renderWhatIfJson, renderWhatIfTable } from '../report/what-if.ts';
import { progressOn } from '../terminal.ts';
import type { Findings, RunContext } from './context.ts';
import { scanWarnings, warn } from './warnings.ts';

/** Counts the alerts that other thresholds would have given; sends and records nothing. */
export async function compareThresholds({ options, terminal, source, asOf }: RunContext): Promise<Findings> {
  const context = { source, showProgress: progressOn(terminal) };
  const report = await tryThresholds(options, options.whatIf ?? [], context, asOf);
  await warn(terminal, scanWarnings(options, report.tally));
  switch (options.format) {
    case 'table':
      await terminal.out(renderWhatIfTable(report, await terminal.chalk()));
      break;
    case 'json':
      await terminal.out(renderWhatIfJson(report));
      break;
    case 'csv':
      await terminal.out(renderWhatIfCsv(report));
  }
  return { ...report, leaks: [] };
}
