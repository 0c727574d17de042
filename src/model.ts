/** The nouns that pass between the stages. Times are Unix seconds, sizes are bytes. */

import type ipaddr from 'ipaddr.js';

/** In this order they make a group's key. */
export const GROUP_FIELDS = ['source', 'destination', 'domain'] as const;
export type GroupField = (typeof GROUP_FIELDS)[number];
export type AddressField = Exclude<GroupField, 'domain'>;

/**
 * An address as it is compared: its 4 or 16 bytes in network order, one character a byte, so that it can be a
 * Map key without being decoded. Empty when the column held no usable address.
 */
export type AddressKey = string;

/** What one pair sent in a short stretch of time, never longer than a five-minute slot. */
export interface Cell {
  /** Epochs of its first and its last event. */
  readonly first: number;
  readonly last: number;
  /** A safe integer. */
  readonly bytes: number;
}

/** The addresses of an event. */
export interface AddressPair {
  readonly source: AddressKey;
  readonly destination: AddressKey;
}

/** What one source sent to one destination within the window. */
export interface Pair extends AddressPair {
  readonly bytes: bigint;
  readonly events: number;
  /** In no order. */
  readonly cells: readonly Cell[];
}

/** One entry of an exclusion list, as it was written and as it is compared. */
export interface AddressRange {
  readonly text: string;
  readonly network: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefixLength: number;
}

export interface ExclusionRules {
  /** Where not empty, only these sources count. */
  readonly includeSources: readonly AddressRange[];
  readonly excludeSources: readonly AddressRange[];
  readonly excludeDestinations: readonly AddressRange[];
  /** Domain suffixes in lower case, without dots at the ends. */
  readonly excludeDomains: readonly string[];
}

/** All events of one scan. `matched = counted + excluded + unreadable`. */
export interface Tally {
  readonly matched: number;
  readonly counted: number;
  readonly excluded: number;
  readonly excludedBytes: bigint;
  readonly unreadable: number;
  /** Epoch of the newest matched event, of whatever outcome; null when nothing matched. */
  readonly newest: number | null;
  /** A few fragments of messages without a readable byte count, safe to print. */
  readonly samples: readonly string[];
}

/** One address of a field that is not in the group key. */
interface Share {
  readonly address: string;
  readonly bytes: bigint;
}

/** For sorting: largest first. */
export function compareBytes(a: { readonly bytes: bigint }, b: { readonly bytes: bigint }): number {
  return a.bytes === b.bytes ? 0 : a.bytes > b.bytes ? -1 : 1;
}

/** What stands behind a field that is not in the group key: how many addresses, and the largest. */
export interface Breakdown {
  readonly count: number;
  readonly top: readonly Share[];
}

/** The fields of a group's key as they are shown; one outside the key is null. */
export interface GroupName {
  /** The key in readable form; identifies the group within a rule. */
  readonly key: string;
  readonly source: string | null;
  readonly destination: string | null;
  readonly domain: string | null;
}

/** The events that share a group key. A field outside the key has a breakdown instead. */
export interface Group extends GroupName {
  readonly bytes: bigint;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly pairs: readonly Pair[];
  /** Those of all pairs. */
  readonly cells: readonly Cell[];
}

/** Steps of a timeline, whatever the window: hours of a day. */
export const TIMELINE_STEPS = 24;

/** How a group's bytes are spread over the window. */
export interface Shape {
  /** Bytes in each of the steps, which are of equal length, the oldest first. */
  readonly timeline: readonly bigint[];
  /** Five-minute slots of the clock with an event. */
  readonly activeSlots: number;
  /** The longest time between two events with an empty slot between them; 0 when there is none. */
  readonly longestPauseSeconds: number;
}

/**
 * How much larger a leak's total is than it was at its last alert. Negative when more bytes have left the window since
 * then than came: so at least this much is new, and how much exactly cannot be told from totals.
 */
export interface Growth {
  readonly bytes: bigint;
  readonly sinceSeconds: number;
}

/** Why a leak is, or is not, alerted. */
export type Status = 'new' | 'grown' | 'repeat' | 'known';
export type AlertOutcome = 'sent' | 'would-send' | 'failed' | 'none';

/** A group as it is shown. All text in it is safe to print. */
export interface GroupFacts extends Shape {
  readonly source: string | null;
  readonly destination: string | null;
  readonly domain: string | null;
  readonly sources: Breakdown | null;
  readonly destinations: Breakdown | null;
  readonly bytes: bigint;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Host names of the destinations, newest first. */
  readonly fqdns: readonly string[];
  /** Unix seconds of the evaluation that found it; earlier than the report's when its alert was still due. */
  readonly asOf: number;
}

/** A group above the threshold, as it is shown and alerted. */
export interface Leak extends GroupFacts {
  readonly status: Status;
  /** Null when it was not alerted before, or over another window or for other policies. */
  readonly growth: Growth | null;
}

/** A group that is near the threshold. */
export interface WatchedGroup extends GroupFacts {
  readonly status: 'watch';
  /** Unix seconds at which it would cross the threshold at its present pace; null when it would not. */
  readonly crossesAt: number | null;
}

/** A leak with what became of its alert. */
export interface ReportedLeak extends Leak {
  readonly alert: AlertOutcome;
}

/** What every report says of the window that it is about. */
export interface Scan {
  readonly asOf: number;
  readonly windowSeconds: number;
  readonly groupBy: readonly GroupField[];
  readonly policies: readonly string[];
  readonly tally: Tally;
}

/** Everything a report shows. */
export interface Report extends Scan {
  readonly rule: string;
  readonly dryRun: boolean;
  readonly thresholdBytes: number;
  readonly leaks: readonly ReportedLeak[];
  /** Largest first; null when nothing was to be watched. */
  readonly watched: readonly WatchedGroup[] | null;
}

/** What a threshold would have given over the window. `alerts = new + grown + repeat`. */
export interface WhatIfRow {
  readonly thresholdBytes: number;
  readonly leaks: number;
  readonly alerts: number;
  readonly new: number;
  readonly grown: number;
  readonly repeat: number;
}

/** Thresholds compared. */
export interface WhatIfReport extends Scan {
  readonly whatIf: readonly WhatIfRow[];
}
