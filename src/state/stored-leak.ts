/** Checks what was read from the state table: a row may have been changed by hand. */

import type { Leak } from '../model.ts';

/** The last second that a Date can hold (ECMAScript, "Time Values and Time Range"). */
const LAST_TIME = 8_640_000_000_000;

type Check = (value: unknown) => boolean;
type Checks = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string';
const isBytes: Check = (value) => typeof value === 'bigint';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTime: Check = (value) => isCount(value) && (value as number) <= LAST_TIME;
const isStatus: Check = (value) => ['new', 'grown', 'repeat', 'known'].includes(value as string);

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

/** For what not all versions stored. */
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const objectOf =
  (checks: Checks): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([name, check]) => check((value as Readonly<Record<string, unknown>>)[name]));

const isSystem = objectOf({ number: isCount, organization: orNull(isText) });
const isShare = objectOf({ address: isText, bytes: isBytes, as: orAbsent(isSystem), country: orAbsent(isText) });
const isBreakdown = objectOf({ count: isCount, top: listOf(isShare) });

const FIELDS = {
  source: orNull(isText),
  sources: orAbsent(isBreakdown),
  destination: orNull(isText),
  destinations: orAbsent(isBreakdown),
  domain: orNull(isText),
  bytes: isBytes,
  events: isCount,
  firstSeen: isTime,
  lastSeen: isTime,
  timeline: listOf(isBytes),
  activeSlots: isCount,
  longestPauseSeconds: isCount,
  fqdns: listOf(isText),
  fqdnsOmitted: isCount,
  fqdnsFailure: orNull(isText),
  as: orNull(isSystem),
  country: orNull(isText),
  asOf: isTime,
  status: isStatus,
  thresholdBytes: orNull(isCount),
  growth: orNull(objectOf({ bytes: isBytes, sinceSeconds: isCount })),
  crossedAt: orNull(isTime),
} satisfies Record<keyof Leak, Check>;

/** Has a leak everything that alerts and reports show of it? */
export const isWholeLeak = objectOf(FIELDS);

/** Is it an alert, apart from its leak? */
export const isWholeAlert = objectOf({
  alertId: isText,
  groupKey: isText,
  episodeId: isText,
  failures: isCount,
  covers: objectOf({ at: isTime, newest: isTime }),
});
