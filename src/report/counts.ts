import type { ChalkInstance } from 'chalk';
import prettyBytes from 'pretty-bytes';
import type { Scan } from '../model.ts';
import { plural, sanitize } from '../util/text.ts';
import { formatDuration, formatTime } from '../util/units.ts';
import { shortTime } from './words.ts';

/** Width that every terminal is assumed to have. */
export const MIN_COLUMNS = 80;

/** Footer lines with the policies and the window, and what was counted in it and what was not. */
export function countLines({ asOf, windowSeconds, policies, tally }: Scan, chalk: ChalkInstance): string[] {
  const { matched, counted, excluded, excludedBytes, unreadable, newest, samples } = tally;
  const excludedText =
    excluded === 0 ? '' : `${excluded.toLocaleString('en-US')} excluded (${prettyBytes(excludedBytes)}), `;
  const unreadableText = `${unreadable.toLocaleString('en-US')} unreadable`;
  return [
    `${plural(matched, 'event')} matched: ${counted.toLocaleString('en-US')} counted, ${excludedText}${unreadable > 0 ? chalk.yellow(unreadableText) : unreadableText}`,
    ...samples.slice(0, 1).map((sample) => `Unreadable: "${sample}"`),
    ...policies.map((policy) => `Policy: ${sanitize(policy)}`),
    `Window ${formatDuration(windowSeconds)} to ${formatTime(asOf).replace(' UTC', '')}${newest === null ? '' : `; newest event ${shortTime(newest)}`}; times in UTC`,
  ];
}
