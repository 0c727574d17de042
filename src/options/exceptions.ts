/** What does not count, or counts against another threshold. */

import type ipaddr from 'ipaddr.js';
import type { AddressField } from '../model.ts';
import { asName } from '../util/autonomous-system.ts';
import { sanitize } from '../util/text.ts';
import { formatLastDay } from '../util/units.ts';

/** A range of addresses: its original text and its parsed form. */
export interface AddressRange {
  readonly text: string;
  readonly network: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefixLength: number;
}

/** What an exception is about. */
export type ExceptionSubject =
  | { readonly kind: AddressField; readonly range: AddressRange }
  /** In lower-case ASCII, without leading or trailing dots. */
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'as'; readonly number: number };

/** An entry of an --exclude option, or a line of the exceptions file. */
export interface Exception {
  readonly subject: ExceptionSubject;
  /** Kind and value, such as `source 10.0.0.0/8` or `as AS64496`. */
  readonly text: string;
  /** The threshold of groups under it; null when it leaves pairs out. */
  readonly aboveBytes: number | null;
  /** Unix seconds of the end of its last day: it holds at looks before that. Infinity when it never ends. */
  readonly endsAt: number;
  /** Where it stands; null for an option. */
  readonly line: { readonly file: string; readonly number: number } | null;
}

/** What does not count, or counts against another threshold. */
export interface ExceptionRules {
  /** Counts only these sources; empty for all. */
  readonly includeSources: readonly AddressRange[];
  /** In the order of the file's lines. */
  readonly exceptions: readonly Exception[];
}

/** What the exceptions say of a host name, an address or a pair. */
export interface Ruling {
  /** Unix seconds: it is left out at looks before that. -Infinity when it always counts, Infinity when it never does. */
  readonly countsFrom: number;
  /** Those that it is under and that have a threshold. */
  readonly thresholds: readonly Exception[];
}

/** What holds where no exception matches. */
export const ORDINARY: Ruling = { countsFrom: Number.NEGATIVE_INFINITY, thresholds: [] };

/** What leaves a pair out. */
export interface Exclusion {
  /** `source 10.0.0.0/8` */
  readonly text: string;
  /** With the line that says so. */
  readonly description: string;
}

/** The threshold of a group at some look. */
export interface Threshold {
  readonly bytes: number;
  /** The exception that it comes from; null when it is the common one. */
  readonly exception: Exception | null;
}

/** How many entries there are, in options and in the file. */
export function countEntries({ includeSources, exceptions }: ExceptionRules): number {
  return includeSources.length + exceptions.length;
}

export function subjectText(subject: ExceptionSubject): string {
  switch (subject.kind) {
    case 'domain':
      return `domain ${subject.domain}`;
    case 'as':
      return `as ${asName(subject.number)}`;
    default:
      return `${subject.kind} ${subject.range.text}`;
  }
}

/** Those that no longer hold at a look (Unix seconds). */
export function endedExceptions({ exceptions }: ExceptionRules, look: number): Exception[] {
  return exceptions.filter(({ endsAt }) => endsAt <= look);
}

/** May groups have a threshold of their own at a look (Unix seconds)? */
export function hasThresholds({ exceptions }: ExceptionRules, look: number): boolean {
  return exceptions.some(({ aboveBytes, endsAt }) => aboveBytes !== null && endsAt > look);
}

/** `source 10.0.0.0/8 (exceptions.txt, line 3, until 2026-01-31)` */
export function describeException({ text, line, endsAt }: Exception): string {
  if (!line) return text;
  const until = Number.isFinite(endsAt) ? `, until ${formatLastDay(endsAt)}` : '';
  return `${text} (${sanitize(line.file)}, line ${line.number}${until})`;
}
