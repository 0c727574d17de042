import type { Group, GroupField, WatchedGroup } from '../model.ts';
import type { DomainNames } from '../scrutinizer/domain-names.ts';
import type { IpDatabases } from '../tally/ip-database.ts';
import { Timescale } from '../tally/timescale.ts';
import { crossingTime } from './crossing-time.ts';
import { describeGroup } from './describe-group.ts';

interface WatchOptions {
  readonly groupBy: readonly GroupField[];
  readonly windowSeconds: number;
}

/** Is a total near its threshold, and not above it? */
export function isWatched(bytes: bigint, thresholdBytes: number, watchPercent: number | null): boolean {
  return bytes > 0n && bytes <= thresholdBytes && isNear(bytes, BigInt(thresholdBytes), watchPercent);
}

/** Has a total reached this share of a threshold? Nothing has when watching is off. */
export function isNear(bytes: bigint, threshold: bigint, watchPercent: number | null): boolean {
  return watchPercent !== null && bytes * 100n >= threshold * BigInt(watchPercent);
}

/** A group within the window that ends now, and its own threshold. */
export interface NearGroup {
  readonly group: Group;
  readonly thresholdBytes: number;
}

/**
 * The groups near their threshold with the time at which they would cross it; they are shown and never alerted.
 *
 * @param asOf Unix seconds
 */
export function watchGroups(
  groups: readonly NearGroup[],
  names: DomainNames,
  asOf: number,
  { groupBy, windowSeconds }: WatchOptions,
  ipDatabases: IpDatabases,
): WatchedGroup[] {
  const timescale = new Timescale(asOf - windowSeconds, asOf);
  return groups.map(({ group, thresholdBytes }) => {
    const facts = describeGroup(group, groupBy, names.of(group.pairs), asOf, windowSeconds, ipDatabases);
    const crossesAt = crossingTime(facts.timeline, facts.firstSeen, timescale, thresholdBytes);
    return { ...facts, status: 'watch', thresholdBytes, crossesAt };
  });
}
