import { stringify } from 'safe-stable-stringify';
import type { Leak, Tally, WatchedGroup } from '../model.ts';

/**
 * Names a leak's fields as JSON and CSV do; those that are undefined are left out.
 *
 * @param outcome the alert's outcome in a report, its id in an alert
 */
export function leakObject<T extends object>(leak: Leak | WatchedGroup, outcome: T) {
  return {
    source: leak.source,
    sources: leak.sources ?? undefined,
    destination: leak.destination,
    destinations: leak.destinations ?? undefined,
    domain: leak.domain,
    bytes: leak.bytes,
    events: leak.events,
    firstSeen: leak.firstSeen,
    lastSeen: leak.lastSeen,
    fqdns: leak.fqdns,
    status: leak.status,
    ...outcome,
    timeline: leak.timeline,
    activeSlots: leak.activeSlots,
    longestPauseSeconds: leak.longestPauseSeconds,
    growth: 'growth' in leak ? leak.growth : null,
    thresholdBytes: leak.thresholdBytes,
    as: leak.as,
    country: leak.country,
    fqdnsOmitted: leak.fqdnsOmitted,
    fqdnsFailure: leak.fqdnsFailure ?? undefined,
  };
}

/** Names the event counts as JSON does. */
export function eventsObject({
  matched,
  counted,
  excluded,
  unreadable,
  newest,
  excludedBytes,
}: Omit<Tally, 'samples'>) {
  return { matched, counted, excluded, unreadable, newest, excludedBytes };
}

/** Writes JSON with bigint as integers, which JSON.stringify refuses. Without an indent it is one line. */
export function toJson(value: unknown, indent?: number): string {
  return stringify.configure({ bigint: true, deterministic: false })(value, null, indent) ?? '';
}
