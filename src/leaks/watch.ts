import type { Group, GroupField, WatchedGroup } from '../model.ts';
import type { DomainNames } from '../scrutinizer/domain-names.ts';
import type { IpDatabases } from '../tally/ip-database.ts';
import { Timescale } from '../tally/timescale.ts';
import { crossingTime } from './crossing-time.ts';
import { describeGroup } from './describe-group.ts';

export interface WatchOptions {
  readonly thresholdBytes: number;
  /** Percent of the threshold at which a group is watched; null when none is. */
  readonly watchPercent: number | null;
  readonly groupBy: readonly GroupField[];
  readonly windowSeconds: number;
}

/** Is a total near the threshold, and not above it? */
export function isWatched(
  bytes: bigint,
  { thresholdBytes, watchPercent }: Pick<WatchOptions, 'thresholdBytes' | 'watchPercent'>,
): boolean {
  if (watchPercent === null || bytes > thresholdBytes) return false;
  return bytes * 100n >= BigInt(thresholdBytes) * BigInt(watchPercent);
}

/**
 * The groups near the threshold with the time at which they would cross it; they are shown and never alerted.
 *
 * @param groups within the window that ends at `asOf` (Unix seconds)
 */
export function watchGroups(
  groups: readonly Group[],
  names: DomainNames,
  asOf: number,
  { groupBy, windowSeconds, thresholdBytes }: WatchOptions,
  ipDatabases: IpDatabases,
): WatchedGroup[] {
  const timescale = new Timescale(asOf - windowSeconds, asOf);
  return groups.map((group) => {
    const facts = describeGroup(group, groupBy, names.of(group.pairs), asOf, windowSeconds, ipDatabases);
    const crossesAt = crossingTime(facts.timeline, facts.firstSeen, timescale, thresholdBytes);
    return { ...facts, status: 'watch', crossesAt };
  });
}
