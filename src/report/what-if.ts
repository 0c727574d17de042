import type { ChalkInstance } from 'chalk';
import { stringify } from 'csv-stringify/sync';
import prettyBytes from 'pretty-bytes';
import type { WhatIfReport } from '../leaks/compare-thresholds.ts';
import { eventsObject, toJson } from '../leaks/leak-object.ts';
import { countLines } from './counts.ts';
import { renderGrid } from './grid.ts';

/** Renders the leaks and alerts of each threshold for a terminal. */
export function renderWhatIfTable(report: WhatIfReport, chalk: ChalkInstance): string {
  const titles = ['Threshold', 'Leaks', 'Alerts', 'New', 'Grown', 'Repeat'];
  const grid = renderGrid(
    titles.map((title) => ({ title, align: 'right' as const })),
    report.whatIf.map(({ thresholdBytes, leaks, alerts, ...counts }) => [
      prettyBytes(thresholdBytes),
      chalk.bold(leaks),
      alerts,
      ...[counts.new, counts.grown, counts.repeat],
    ]),
    chalk,
  );
  return `${grid}\n\n${countLines(report, chalk).join('\n')}\n`;
}

/** Renders the rows, and the events behind them, as one JSON object. */
export function renderWhatIfJson({ tally, whatIf, ...settings }: WhatIfReport): string {
  return `${toJson({ ...settings, events: eventsObject(tally), whatIf }, 2)}\n`;
}

/** Renders a header and one row per threshold (RFC 4180). */
export function renderWhatIfCsv({ whatIf }: WhatIfReport): string {
  const columns = ['thresholdBytes', 'leaks', 'alerts', 'new', 'grown', 'repeat'];
  return stringify([...whatIf], { header: true, columns, record_delimiter: 'windows' });
}
