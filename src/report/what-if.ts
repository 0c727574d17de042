import type { ChalkInstance } from 'chalk';
import { stringify } from 'csv-stringify/sync';
import type { WhatIfReport } from '../leaks/compare-thresholds.ts';
import { eventsObject, toJson } from '../leaks/leak-object.ts';
import type { Screen } from '../terminal.ts';
import { formatSize } from '../util/units.ts';
import { toAscii } from './ascii.ts';
import { countLines } from './counts.ts';
import { renderGrid } from './grid.ts';

/** Renders the leaks and alerts of each threshold for a terminal. */
export function renderWhatIfTable(report: WhatIfReport, chalk: ChalkInstance, { isUnicode }: Screen): string {
  const titles = ['Threshold', 'Leaks', 'Alerts', 'New', 'Grown', 'Repeat'];
  const grid = renderGrid(
    titles.map((title) => ({ title, align: 'right' as const })),
    report.whatIf.map(({ thresholdBytes, leaks, alerts, ...counts }) => {
      const numbers = [alerts, counts.new, counts.grown, counts.repeat];
      return { cells: [formatSize(thresholdBytes), chalk.bold(leaks), ...numbers].map((cell) => [`${cell}`]) };
    }),
    chalk,
  );
  const lines = [...ownThresholdLines(report), ...countLines(report, chalk)];
  const table = `${grid}\n\n${lines.join('\n')}\n`;
  return isUnicode ? table : toAscii(table);
}

/** Says how many groups are not compared with the thresholds of the rows. */
function ownThresholdLines({ ownThresholds }: WhatIfReport): string[] {
  if (ownThresholds === 0) return [];
  const groups =
    ownThresholds === 1 ? '1 group keeps its' : `${ownThresholds.toLocaleString('en-US')} groups keep their`;
  return [`${groups} own threshold in every row (see --exceptions)`];
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
