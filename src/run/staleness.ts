import type { Database } from '../db/database.ts';
import type { Tally } from '../model.ts';
import { newestEpoch } from '../scrutinizer/events-query.ts';
import { describeAge, isStale } from './warnings.ts';

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
