import prettyBytes from 'pretty-bytes';
import type { Breakdown, Growth, KnownNames, Leak, LeakEntry, Report, WatchedGroup } from '../model.ts';
import { describeAs, describeIpFacts, type IpFacts } from '../util/autonomous-system.ts';
import { plural } from '../util/text.ts';
import { formatAge, formatRoughly, formatSize, formatTime } from '../util/units.ts';

/** Phrases shared by the table and the page. */

/** The address; for a field outside the group key, the number of addresses. */
export function addressText(address: string | null, breakdown: Breakdown | null, noun: string): string {
  if (address !== null || !breakdown) return address ?? '';
  return breakdown.count === 1 ? (breakdown.top[0]?.address ?? '') : plural(breakdown.count, noun);
}

/** What a group is named after on the side of its destinations: the first of domain, AS and addresses that is in its key. */
export function destinationText(group: ShownGroup, { groupBy }: Pick<Report, 'groupBy'>): string {
  if (group.domain !== null) return group.domain;
  if (groupBy.includes('as') && group.as) return describeAs(group.as);
  return addressText(group.destination, group.destinations, 'destination');
}

/** AS and country of the destinations, as far as {@link destinationText} does not name them; empty when not known. */
export function ownerText(group: ShownGroup, report: Pick<Report, 'groupBy'>): string {
  const { as, country } = group;
  return describeIpFacts({ as: as && describeAs(as) === destinationText(group, report) ? null : as, country });
}

/** AS and country of an address of a breakdown, as far as they are not those of the whole group. */
export function shareFacts(share: Breakdown['top'][number], { as, country }: IpFacts): string {
  return describeIpFacts({ ...(as === null && { as: share.as }), ...(country === null && { country: share.country }) });
}

/** A leak with the outcome of its alert. */
export type ReportedLeak = Leak & Omit<LeakEntry, 'leak'>;
export type ShownGroup = ReportedLeak | WatchedGroup;

/** All that is shown of a leak. */
export function describeEntry({ leak, alert, alertId }: LeakEntry): ReportedLeak {
  return { alert, alertId, ...leak.describe() };
}

/** Describes what became of a leak's alert. */
export function outcomeText({ alert, status }: ReportedLeak, { overUdp }: Report): string {
  if (alert === 'none') return status === 'known' ? 'not alerted again' : 'reported here only';
  return { sent: overUdp ? 'handed to UDP' : 'alerted', 'would-send': 'would be alerted', failed: 'not sent' }[alert];
}

/** Counts alerts by outcome, also those of leaks that are over, and leaks known before: `2 alerts sent, 1 known before`. */
export function alertSummary({ leaks, overUdp }: Pick<Report, 'leaks' | 'overUdp'>): string {
  const isKnown = ({ leak, alert }: LeakEntry) => alert === 'none' && leak.status === 'known';
  const known = leaks.filter(isKnown).length;
  const outcomes = {
    sent: overUdp ? 'handed to UDP' : 'sent',
    ...{ 'would-send': 'would be sent', failed: 'not sent', none: 'reported here only' },
  };
  const counts = Object.entries(outcomes).flatMap(([outcome, words]) => {
    const count = leaks.filter((leak) => leak.alert === outcome && !isKnown(leak)).length;
    return count === 0 ? [] : [`${plural(count, 'alert')} ${words}`];
  });
  if (known > 0) counts.push(`${known.toLocaleString('en-US')} known before`);
  return counts.join(', ') || 'nothing to alert';
}

/** Number of five-minute slots with an event, unless each event has its own, and the longest pause. */
export function describeShape(group: ShownGroup): string {
  const slots = group.activeSlots === group.events ? [] : [plural(group.activeSlots, 'slot')];
  return [...slots, ...pauseNote(group)].join(', ');
}

/** The longest pause; nothing for a single event. */
export function pauseNote({ events, longestPauseSeconds }: ShownGroup): string[] {
  if (longestPauseSeconds > 0) return [`pauses up to ${formatRoughly(longestPauseSeconds)}`];
  return events > 1 ? ['no pause'] : [];
}

/** The names that are not among the first ones, in words; empty when there are none and nothing failed. */
export function omittedNames({ fqdns, fqdnsOmitted, fqdnsFailure }: KnownNames, shown: number): string {
  if (fqdnsFailure !== null) return `host names not looked up (${fqdnsFailure})`;
  const more = Math.max(0, fqdns.length - shown) + fqdnsOmitted;
  return more > 0 ? `and ${plural(more, 'more name')}` : '';
}

/** Growth of the total since the last alert; empty without growth or without an alert. */
export function growthNote(group: ShownGroup): string {
  const growth: Growth | null = group.status === 'watch' ? null : group.growth;
  if (!growth || growth.bytes === 0n) return '';
  return `${prettyBytes(growth.bytes, { signed: true })} since the last alert ${formatAge(growth.sinceSeconds)} ago`;
}

/** The threshold of a group where it is not the common one; empty where it is. */
export function ownThreshold({ thresholdBytes }: ShownGroup, common: number): string {
  return thresholdBytes === null || thresholdBytes === common ? '' : formatSize(thresholdBytes);
}

/** `above 100 MB`, or where exceptions have thresholds `above 100 MB or a threshold of their own`. */
export function aboveText({ leaksNow, thresholdBytes, hasOwnThresholds }: Report): string {
  const own = hasOwnThresholds ? ` or a threshold of ${leaksNow === 1 ? 'its' : 'their'} own` : '';
  return `above ${formatSize(thresholdBytes)}${own}`;
}

/**
 * Forecast for a watched group; empty for a leak.
 *
 * @param zone after the time, where nothing else says it
 */
export function paceNote(group: ShownGroup, zone = ''): string {
  if (group.status !== 'watch') return '';
  const threshold = formatSize(group.thresholdBytes);
  if (group.crossesAt === null) return `at its current pace it stays below ${threshold}`;
  return `at its current pace it crosses ${threshold} around ${`${shortTime(group.crossesAt)} ${zone}`.trimEnd()}`;
}

/** `45 MB (36%)` */
export function shareText(bytes: bigint, total: bigint): string {
  return `${prettyBytes(bytes)} (${(bytes * 100n) / total}%)`;
}

/** `11-24 02:06`, in UTC */
export function shortTime(unixSeconds: number): string {
  return formatTime(unixSeconds).slice(5, 16);
}
