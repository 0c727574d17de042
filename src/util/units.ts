/** Parsers and formatters for durations, sizes and times. Parsers return null for invalid text. */

import prettyBytes from 'pretty-bytes';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Units of a duration with their names, in the order in which they may follow each other. */
const DURATION_UNITS: readonly (readonly [seconds: number, names: string])[] = [
  [7 * SECONDS.d, 'w|weeks?'],
  [SECONDS.d, 'd|days?'],
  [SECONDS.h, 'h|hrs?|hours?'],
  [SECONDS.m, 'm|mins?|minutes?'],
  [SECONDS.s, 's|secs?|seconds?'],
];
const DURATION_PARTS = DURATION_UNITS.map(([, names]) => String.raw`(?:(\d+(?:\.\d+)?)\s*(?:${names})\s*)?`);
const DURATION = new RegExp(`^${DURATION_PARTS.join('')}$`, 'i');

// SI prefixes are powers of ten, IEC prefixes (IEC 80000-13) powers of two.
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

// With a blank and UTC as well, as reports show times.
const ISO_TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d:\d\d)$/i;

/** @returns seconds of `90m`, `1.5h`, `1d12h`, `2 weeks`; null when it is none, or not a whole number of seconds */
export function parseDuration(text: string): number | null {
  // Others write months as M, and a window of a minute instead would find nothing.
  if (/M(?![A-Za-z])/.test(text)) return null;
  const counts = DURATION.exec(text.trim())?.slice(1) ?? [];
  if (counts.join('') === '') return null;
  const parts = DURATION_UNITS.map(([seconds], index) => multiply(counts[index] ?? '0', seconds));
  const sum = parts.reduce<number>((seconds, part) => seconds + (part ?? Number.NaN), 0);
  return Number.isSafeInteger(sum) ? sum : null;
}

/** @returns bytes of `100MB`, `1.5GiB`, `5242880`; null when it is not a size, not a whole number or above 2^53-1 */
export function parseSize(text: string): number | null {
  // Mb and Gb are refused: some readers take them for megabits and gigabits.
  const match = /^(\d+(?:\.\d+)?)\s*([KkMGT]?i?B|[KMGT]IB|[kmgt]?i?b|)$/.exec(text.trim());
  const factor = SIZES[match?.[2]?.toLowerCase() ?? 'none'];
  return match?.[1] && factor !== undefined ? multiply(match[1], factor) : null;
}

/** Formats a size that somebody chose, with all its digits, in the unit in which it has fewest: `100 MB`, `100 MiB`. */
export function formatSize(bytes: number): string {
  const [decimal, binary] = [false, true].map((isBinary) =>
    prettyBytes(bytes, { binary: isBinary, maximumFractionDigits: 20 }),
  ) as [string, string];
  return parseFloat(binary).toString().length < parseFloat(decimal).toString().length ? binary : decimal;
}

/** @returns seconds from one second to a day, which fits Node.js timers; null for anything else */
export function parseTimeout(text: string): number | null {
  const seconds = parseDuration(text);
  return seconds !== null && seconds >= 1 && seconds <= SECONDS.d ? seconds : null;
}

/** Multiplies a decimal number exactly (1.1 hours are 3960 seconds); null when the result is not a safe integer. */
function multiply(decimal: string, factor: number): number | null {
  const [whole = '', fraction = ''] = decimal.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(whole + fraction) * BigInt(factor);
  const result = Number(product / scale);
  return product % scale === 0n && Number.isSafeInteger(result) ? result : null;
}

/**
 * @returns Unix seconds of `1763950000`, `2025-11-24T02:06:40Z` or `2025-11-24 02:06:40 UTC`; null without a time zone,
 * which would be a guess
 */
export function parseTime(text: string): number | null {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  const match = ISO_TIME.exec(text);
  if (!match) return null;
  // Date.parse turns 30 February into a date in March, so the date must survive a round trip.
  const asUtc = Date.parse(`${match[1]}T00:00:00Z`);
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(`${match[1]}T`)) return null;
  const [, date, time, zone = ''] = match;
  const milliseconds = Date.parse(`${date}T${time}${zone.length > 3 ? zone : 'Z'}`);
  return Number.isNaN(milliseconds) || milliseconds < 0 ? null : Math.floor(milliseconds / 1000);
}

/** @returns Unix seconds of the end of a day in UTC, such as `2026-01-31`; null when there is no such day */
export function endOfDay(day: string): number | null {
  const midnight = /^\d{4}-\d\d-\d\d$/.test(day) ? parseTime(`${day}T00:00:00Z`) : null;
  return midnight === null ? null : midnight + SECONDS.d;
}

/** `2026-01-31`: the day that ends at this time (Unix seconds) in UTC. */
export function formatLastDay(end: number): string {
  return formatIsoTime(end - SECONDS.d).slice(0, 10);
}

/** `24h`, `90m`, `2d`: in days from two days on, as a day is usually called 24 hours. */
export function formatDuration(seconds: number): string {
  if (seconds >= 2 * SECONDS.d && seconds % SECONDS.d === 0) return `${seconds / SECONDS.d}d`;
  if (seconds >= SECONDS.h && seconds % SECONDS.h === 0) return `${seconds / SECONDS.h}h`;
  if (seconds >= SECONDS.m && seconds % SECONDS.m === 0) return `${seconds / SECONDS.m}m`;
  return `${seconds}s`;
}

/** `3 h 20 min`, `12 min`: rounded to the minute. */
export function formatRoughly(seconds: number): string {
  const minutes = Math.round(seconds / SECONDS.m);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** `59 s`, `25 min`, `6 h`, `3 days`: rounded, to be followed by "ago". */
export function formatAge(seconds: number): string {
  if (seconds < SECONDS.m) return `${seconds} s`;
  if (seconds < 2 * SECONDS.h) return `${Math.round(seconds / SECONDS.m)} min`;
  if (seconds < 2 * SECONDS.d) return `${Math.round(seconds / SECONDS.h)} h`;
  return `${Math.round(seconds / SECONDS.d)} days`;
}

/** `2025-11-24 02:06:40 UTC` */
export function formatTime(unixSeconds: number): string {
  return formatIsoTime(unixSeconds).replace('T', ' ').replace('Z', ' UTC');
}

/** `2025-11-24T02:06:40Z` */
export function formatIsoTime(unixSeconds: number): string {
  return `${new Date(unixSeconds * 1000).toISOString().slice(0, 19)}Z`;
}
