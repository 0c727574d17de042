import prettyBytes from 'pretty-bytes';
import type { Breakdown, Growth, ReportedLeak, Shape, WatchedGroup } from '../model.ts';
import { plural } from '../util/text.ts';
import { formatAge, formatRoughly, formatTime } from '../util/units.ts';

/** How the reports for people say things, so that all of them say it in the same words. */

/** The address, or for a field outside the group key how many there are. */
export function addressText(address: string | null, breakdown: Breakdown | null, noun: string): string {
  if (address !== null || !breakdown) return address ?? '';
  return breakdown.count === 1 ? (breakdown.top[0]?.address ?? '') : plural(breakdown.count, noun);
}

/** A group in a report. */
export type Shown = ReportedLeak | WatchedGroup;

/** What became of a leak's alert. */
export function outcomeText({ alert, status }: ReportedLeak): string {
  if (alert === 'none') return status === 'known' ? 'known before' : 'reported here only';
  return { sent: 'alerted', 'would-send': 'would be alerted', failed: 'not sent' }[alert];
}

/** What became of all their alerts, with how many of each. */
export function outcomes(leaks: readonly ReportedLeak[]): string {
  const counts = new Map<string, number>();
  for (const words of leaks.map(outcomeText)) counts.set(words, (counts.get(words) ?? 0) + 1);
  return Array.from(counts, ([words, count]) => `${count} ${words}`).join(', ') || 'nothing to alert';
}

/** In how many five-minute slots there was something, and the longest time without. */
export function describeShape({ activeSlots, longestPauseSeconds }: Shape): string {
  const slots = plural(activeSlots, 'slot');
  return longestPauseSeconds === 0
    ? `${slots}, no pause`
    : `${slots}, pauses up to ${formatRoughly(longestPauseSeconds)}`;
}

/** How much larger the total is than at the last alert; empty when it is not, or there was none. */
export function growthNote(group: Shown): string {
  const growth: Growth | null = group.status === 'watch' ? null : group.growth;
  if (!growth || growth.bytes === 0n) return '';
  return `${prettyBytes(growth.bytes, { signed: true })} since the last alert ${formatAge(growth.sinceSeconds)} ago`;
}

/** When a group near the threshold would cross it; empty for a leak. */
export function paceNote(group: Shown, thresholdBytes: number): string {
  if (group.status !== 'watch') return '';
  const threshold = prettyBytes(thresholdBytes);
  if (group.crossesAt === null) return `at its present pace it stays below ${threshold}`;
  return `at its present pace it crosses ${threshold} about ${shortTime(group.crossesAt)}`;
}

/** `45 MB (36%)` */
export function shareText(bytes: bigint, total: bigint): string {
  return `${prettyBytes(bytes)} (${(bytes * 100n) / total}%)`;
}

/** `11-24 02:06`, in UTC */
export function shortTime(unixSeconds: number): string {
  return formatTime(unixSeconds).slice(5, 16);
}
