import { stringify } from 'safe-stable-stringify';
import type { Breakdown, Leak, Tally, WatchedGroup } from '../model.ts';

/**
 * Names a leak's fields as JSON and CSV do.
 *
 * @param outcome the alert's outcome in a report, its id in an alert
 */
export function leakObject<T extends object>(leak: Leak | WatchedGroup, outcome: T) {
  return {
    source: leak.source,
    ...breakdown('sources', leak.sources),
    destination: leak.destination,
    ...breakdown('destinations', leak.destinations),
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
    fqdnsOmitted: leak.fqdnsOmitted,
    ...(leak.fqdnsFailure !== null && { fqdnsFailure: leak.fqdnsFailure }),
  };
}

function breakdown(name: string, value: Breakdown | null) {
  return value === null ? {} : { [name]: value };
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
