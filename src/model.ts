/** Types that pass between the stages. Times are Unix seconds, sizes are bytes. */

import type { IpFacts } from './util/autonomous-system.ts';

/** Fields to group by, in their order in a group's key. */
export const GROUP_FIELDS = ['source', 'destination', 'domain', 'as'] as const;
export type GroupField = (typeof GROUP_FIELDS)[number];
export type AddressField = 'source' | 'destination';

/** An address as a Map key: its 4 or 16 bytes in network order, one character each. Empty when it was unusable. */
export type AddressKey = string;

/** What one pair sent in a short stretch of time, within which no window of a look begins or ends. */
export interface Cell {
  /** Epochs of its first and last event. */
  readonly first: number;
  readonly last: number;
  /** A safe integer. */
  readonly bytes: number;
  readonly events: number;
  /** Unix seconds of the first look at which it counts, when an exception left it out until then. */
  readonly countsFrom?: number;
}

/** The addresses of an event. */
export interface AddressPair {
  readonly source: AddressKey;
  readonly destination: AddressKey;
}

/** What one source sent to one destination. */
export interface Pair extends AddressPair {
  readonly bytes: bigint;
  readonly events: number;
  /** In no particular order. */
  readonly cells: readonly Cell[];
}

/** Counts of all events in one scan. `matched = counted + excluded + unreadable`. */
export interface Tally {
  readonly matched: number;
  readonly counted: number;
  readonly excluded: number;
  readonly excludedBytes: bigint;
  readonly unreadable: number;
  /** Epoch of the newest matched event, counted or not; null when nothing matched. */
  readonly newest: number | null;
  /** A few message fragments without a readable byte count, safe to print. */
  readonly samples: readonly string[];
  /** Whether any matched event, counted or not, has a source that is an address. */
  readonly hasSource: boolean;
}

/** One address of a field that is not in the group key; with its AS and country when there are IP databases. */
interface Share extends Partial<IpFacts> {
  readonly address: string;
  readonly bytes: bigint;
}

/** Comparison for sorting, largest first. */
export function compareBytes(a: { readonly bytes: bigint }, b: { readonly bytes: bigint }): number {
  return a.bytes === b.bytes ? 0 : a.bytes > b.bytes ? -1 : 1;
}

/** Addresses of a field that is not in the group key: their number, and the largest by bytes. */
export interface Breakdown {
  readonly count: number;
  readonly top: readonly Share[];
}

/** Fields of a group's key in readable form; null for those outside the key. */
export interface GroupName {
  /** The whole key; identifies the group within a rule. */
  readonly key: string;
  readonly source: string | null;
  readonly destination: string | null;
  readonly domain: string | null;
  /** `AS64496`; or the address that stands for itself, since its AS is not known. */
  readonly as: string | null;
}

/** The events that share a group key. A field outside the key has a breakdown instead. */
export interface Group extends GroupName {
  readonly bytes: bigint;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly pairs: readonly Pair[];
  /** Those of all pairs, in the order of their first events. */
  readonly cells: readonly Cell[];
}

/** Steps of a timeline for any window; with a day's window they are hours. */
export const TIMELINE_STEPS = 24;

/** Distribution of a group's bytes over the window. */
export interface Shape {
  /** Bytes per step, oldest first; all steps have the same length. */
  readonly timeline: readonly bigint[];
  /** Number of five-minute slots with an event, aligned to the clock. */
  readonly activeSlots: number;
  /** Longest time between events that have an empty slot between them; 0 when there is none. */
  readonly longestPauseSeconds: number;
}

/** Change of a leak's total since its last alert; negative when more bytes have left the window than arrived. */
export interface Growth {
  readonly bytes: bigint;
  readonly sinceSeconds: number;
}

/** Reason why a leak is or is not alerted. */
export type Status = 'new' | 'grown' | 'repeat' | 'known';
export type AlertOutcome = 'sent' | 'would-send' | 'failed' | 'none';

/** What is shown of the host names of a group's destinations. */
export interface KnownNames {
  /** Newest first, of very many those under no excluded domain. */
  readonly fqdns: readonly string[];
  /** Number of names that are not listed. */
  readonly fqdnsOmitted: number;
  /** Why the names could not be looked up; null when they were. */
  readonly fqdnsFailure: string | null;
}

/** A group as shown in reports, with the AS and country that all its destinations share. All text is safe to print. */
export interface GroupFacts extends Shape, KnownNames, IpFacts {
  readonly source: string | null;
  readonly destination: string | null;
  readonly domain: string | null;
  readonly sources: Breakdown | null;
  readonly destinations: Breakdown | null;
  readonly bytes: bigint;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Unix seconds of the evaluation that found it; earlier than the report's if its alert was still due. */
  readonly asOf: number;
}

/** A group above its threshold. */
export interface Leak extends GroupFacts {
  readonly status: Status;
  /** The one that it was compared with; null in an alert that an earlier version stored. */
  readonly thresholdBytes: number | null;
  /** Null when it was not alerted before, or with another window, other policies or other exceptions. */
  readonly growth: Growth | null;
  /** Unix seconds since when its window's total is above the threshold; null for a leak stored by an earlier version. */
  readonly crossedAt: number | null;
}

/** A group near its threshold. */
export interface WatchedGroup extends GroupFacts {
  readonly status: 'watch';
  readonly thresholdBytes: number;
  /** Unix seconds at which it would cross the threshold at its current pace; null when it would not. */
  readonly crossesAt: number | null;
}

/** The part of a leak that is kept: there may be very many, so the rest is described each time it is needed. */
export interface LeakSummary extends Pick<Leak, 'status' | 'bytes' | 'asOf'> {
  describe(): Leak;
}

/** A leak of the report, and the outcome of its alert. */
export interface LeakEntry {
  readonly leak: LeakSummary;
  readonly alert: AlertOutcome;
  /** Id of the alert that this run sent or tried to send; null without one. */
  readonly alertId: string | null;
}

/** Window of a report, and the events in it. */
export interface Scan {
  readonly asOf: number;
  readonly windowSeconds: number;
  readonly groupBy: readonly GroupField[];
  readonly policies: readonly string[];
  readonly tally: Tally;
}

/** Contents of a report. */
export interface Report extends Scan {
  readonly rule: string;
  /** Where the events are, in words. */
  readonly database: string;
  readonly dryRun: boolean;
  /** Alerts go over UDP, where sent does not mean received. */
  readonly overUdp: boolean;
  readonly thresholdBytes: number;
  /** Some groups may be compared with another threshold. */
  readonly hasOwnThresholds: boolean;
  /** Groups above their threshold at `asOf`. */
  readonly leaksNow: number;
  /** Those, and the alerts of this run that are about earlier looks. */
  readonly leaks: readonly LeakEntry[];
  /** Largest first; null when watching is off. */
  readonly watched: readonly WatchedGroup[] | null;
}
