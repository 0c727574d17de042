import { type Comparison, median, type Sample } from './measure.ts';

/** A line of the result. */
export interface Line extends Comparison {
  readonly name: string;
  readonly yardstickName: string;
  /** Events that the window holds, matching or not; nothing where a run reads none to speak of. */
  readonly events?: number;
}

const HEAD = ['case', 'leaktally s', 'peak MiB', 'events/s', 'yardstick', 'yardstick s', 'peak MiB', 'ratio'];

/** A Markdown table; seconds are `median (least-most)`, the ratio is the median of the pairs' ratios. */
export function renderLines(lines: readonly Line[]): string {
  const rows = lines.map(({ name, ours, yardstickName, yardstick, ratio, events }) => [
    name,
    seconds(ours),
    peak(ours),
    events === undefined ? '' : Math.round(events / medianSeconds(ours)).toLocaleString('en-US'),
    yardstickName,
    seconds(yardstick),
    peak(yardstick),
    ratio < 0.1 ? `1/${Math.round(1 / ratio)}` : ratio.toFixed(2),
  ]);
  const table = [HEAD, HEAD.map(() => '---'), ...rows];
  const widths = HEAD.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  return table.map(line).join('');
}

function seconds(samples: readonly Sample[]): string {
  const all = samples.map((sample) => sample.seconds);
  return `${medianSeconds(samples).toFixed(3)} (${Math.min(...all).toFixed(3)}-${Math.max(...all).toFixed(3)})`;
}

function medianSeconds(samples: readonly Sample[]): number {
  return median(samples.map((sample) => sample.seconds));
}

function peak(samples: readonly Sample[]): string {
  const most = Math.max(...samples.map(({ peakMiB }) => peakMiB));
  return most === 0 ? '' : most.toFixed(0);
}
