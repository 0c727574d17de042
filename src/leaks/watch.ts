import type { GroupField, WatchedGroup } from '../model.ts';
import type { DomainNames } from '../scrutinizer/domain-names.ts';
import type { Window } from '../tally/read-window.ts';
import { crossingTime } from './crossing-time.ts';
import { describeGroup } from './describe-group.ts';

export interface WatchOptions {
  readonly thresholdBytes: number;
  /** Percent of the threshold at which a group is watched; null when none is. */
  readonly watchPercent: number | null;
  readonly groupBy: readonly GroupField[];
}

/** Tests whether a total is near the threshold, but not above it. */
export function isWatched(bytes: bigint, { thresholdBytes, watchPercent }: WatchOptions): boolean {
  if (watchPercent === null || bytes > thresholdBytes) return false;
  return bytes * 100n >= BigInt(thresholdBytes) * BigInt(watchPercent);
}

/** Describes the groups near the threshold, and when they would cross it. They are shown, never alerted. */
export function watchGroups({ groups, timescale }: Window, names: DomainNames, options: WatchOptions): WatchedGroup[] {
  const near = groups.filter(({ bytes }) => isWatched(bytes, options));
  return near.map((group) => {
    const facts = describeGroup(group, options.groupBy, names.of(group.pairs), timescale);
    const crossesAt = crossingTime(facts.timeline, facts.firstSeen, timescale, options.thresholdBytes);
    return { ...facts, status: 'watch', crossesAt };
  });
}
