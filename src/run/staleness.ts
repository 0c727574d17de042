import type { Database } from '../db/database.ts';
import type { Tally } from '../model.ts';
import { newestEpoch } from '../scrutinizer/events-query.ts';
import { plural } from '../util/text.ts';
import { formatTime } from '../util/units.ts';

/** @returns the age of the newest row of any kind, in words, when it is older than this; null when the data is fresh */
export async function staleness(
  source: Database,
  { tally, asOf }: { readonly tally: Tally; readonly asOf: number },
  toleranceSeconds: number,
): Promise<string | null> {
  if (!isStale(tally.newest, asOf, toleranceSeconds)) return null;
  const newest = await newestEpoch(source);
  return isStale(newest, asOf, toleranceSeconds) ? describeAge(newest, asOf) : null;
}

/**
 * Is the newest row older than this, so that a falling total may only mean that the collector stands still?
 *
 * @param newest epoch of the newest row; null when there is none
 */
function isStale(newest: number | null, asOf: number, toleranceSeconds: number): boolean {
  return newest === null || newest < asOf - toleranceSeconds;
}

function describeAge(newest: number | null, asOf: number): string {
  if (newest === null) return 'there is no event at all; is the collector alive?';
  const minutes = Math.floor((asOf - newest) / 60);
  const age = minutes < 120 ? plural(minutes, 'minute') : plural(Math.floor(minutes / 60), 'hour');
  return `the newest event is ${age} old (${formatTime(newest)}); is the collector alive?`;
}
