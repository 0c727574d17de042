import { stringify } from 'safe-stable-stringify';
import type { Breakdown, Leak, Tally, WatchedGroup } from '../model.ts';

/**
 * A leak's fields as JSON and CSV name them.
 *
 * @param outcome in a report what became of its alert, in an alert which one it is
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
  };
}

function breakdown(name: string, value: Breakdown | null) {
  return value === null ? {} : { [name]: value };
}

/** What became of the window's events, as JSON names it. */
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

/** JSON.stringify refuses bigint; this writes it as the integer it is. Without an indent it is one line. */
export function toJson(value: unknown, indent?: number): string {
  return stringify.configure({ bigint: true, deterministic: false })(value, null, indent) ?? '';
}
