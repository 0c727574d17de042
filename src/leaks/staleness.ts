import type { Database } from '../db/database.ts';
import type { Tally } from '../model.ts';
import { newestEpoch } from '../scrutinizer/events-query.ts';
import { USUAL_GAP_SECONDS } from '../state/time-limits.ts';
import { plural } from '../util/text.ts';
import { formatTime } from '../util/units.ts';

/** Data older than this fraction of the window (one twelfth) may only mean that the collector has stopped. */
const FRESH_PARTS = 12;

/** How old the newest event may be before the collector may have stopped. */
export function toleratedAge(windowSeconds: number): number {
  return Math.max(windowSeconds / FRESH_PARTS, USUAL_GAP_SECONDS);
}

/** @returns a message with the age of the newest row of any policy if older than this; null when the data is fresh */
export async function staleness(
  source: Database,
  { tally, asOf }: { readonly tally: Tally; readonly asOf: number },
  toleranceSeconds: number,
): Promise<string | null> {
  if (!isStale(tally.newest, asOf, toleranceSeconds)) return null;
  const newest = await newestEpoch(source, asOf);
  return isStale(newest, asOf, toleranceSeconds) ? describeAge(newest, asOf) : null;
}

/** @param newest epoch of the newest row; null without rows */
function isStale(newest: number | null, asOf: number, toleranceSeconds: number): boolean {
  return newest === null || newest < asOf - toleranceSeconds;
}

function describeAge(newest: number | null, asOf: number): string {
  if (newest === null) return 'there are no events at all';
  const minutes = Math.floor((asOf - newest) / 60);
  const age = minutes < 120 ? plural(minutes, 'minute') : plural(Math.floor(minutes / 60), 'hour');
  return `the newest event is ${age} old (${formatTime(newest)})`;
}
