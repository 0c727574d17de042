import type { ChalkInstance } from 'chalk';
import prettyBytes from 'pretty-bytes';
import type { Scan } from '../model.ts';
import { plural } from '../util/text.ts';
import { formatDuration, formatTime } from '../util/units.ts';
import { fitWidth } from './fold.ts';
import { shortTime } from './words.ts';

/** Every terminal has as many. */
export const MIN_COLUMNS = 80;

/** What was counted and what was not, over which time. */
export function countLines({ asOf, windowSeconds, tally }: Scan, chalk: ChalkInstance): string[] {
  const { matched, counted, excluded, excludedBytes, unreadable, newest, samples } = tally;
  const left = excluded === 0 ? '' : `${excluded.toLocaleString('en-US')} excluded (${prettyBytes(excludedBytes)}), `;
  const unread = `${unreadable.toLocaleString('en-US')} unreadable`;
  return [
    `${plural(matched, 'event')} matched: ${counted.toLocaleString('en-US')} counted, ${left}${unreadable > 0 ? chalk.yellow(unread) : unread}`,
    ...samples.slice(0, 1).map((sample) => `Unreadable: "${fitWidth(sample, MIN_COLUMNS - 15)}"`),
    `Window ${formatDuration(windowSeconds)} to ${formatTime(asOf)}${newest === null ? '' : `; newest event ${shortTime(newest)}`}`,
  ];
}
