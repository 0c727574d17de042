import type { Breakdown, KnownNames, Leak } from '../model.ts';
import { describeAs } from '../util/autonomous-system.ts';
import { truncateStart } from '../util/text.ts';

/** What an alert contains beyond its leak. */
export interface AlertContext {
  readonly rule: string;
  readonly windowSeconds: number;
  readonly alertId: string;
  /** The alert is about another window than the current one, an earlier one unless the clock was wrong: it says which. */
  readonly isLate: boolean;
  /** Syslog severity, 0 (emerg) to 7 (debug). */
  readonly severity: number;
  /** Room for the message in a record. */
  readonly maxBytes: number;
}

/** Code points of a domain that always fit into a record. */
const MIN_DOMAIN = 60;

/**
 * Renders the leak with as many names as fit, newest first. When it does not fit without names either, its details are
 * dropped one by one: receivers would cut off the end, and half a JSON object is useless.
 *
 * @param render is told of the names that are left out by their number
 */
export function fitLeak(leak: Leak, maxBytes: number, render: (leak: Leak) => string): string {
  const fits = (message: string) => Buffer.byteLength(message) <= maxBytes;
  let message = '';
  for (const version of shorterVersions(leak)) {
    const withNames = (count: number) => {
      const fqdnsOmitted = leak.fqdnsOmitted + leak.fqdns.length - count;
      return render({ ...version, fqdns: leak.fqdns.slice(0, count), fqdnsOmitted });
    };
    message = withNames(0);
    if (!fits(message)) continue;
    for (let count = 1; count <= leak.fqdns.length; count++) {
      const longer = withNames(count);
      if (!fits(longer)) break;
      message = longer;
    }
    break;
  }
  return message;
}

function* shorterVersions(leak: Leak): Generator<Leak> {
  yield leak;
  let shorter = leak;
  if (leak.fqdnsFailure) {
    shorter = { ...leak, fqdnsFailure: '' };
    yield shorter;
  }
  for (let shares = Math.max(shareCount(leak.sources), shareCount(leak.destinations)) - 1; shares > 0; shares--) {
    shorter = { ...shorter, sources: largest(leak.sources, shares), destinations: largest(leak.destinations, shares) };
    yield shorter;
  }
  shorter = { ...shorter, timeline: [] };
  yield shorter;
  shorter = { ...shorter, growth: null };
  yield shorter;
  shorter = withoutIpFacts(shorter);
  yield shorter;
  yield { ...shorter, domain: leak.domain && truncateStart(leak.domain, MIN_DOMAIN) };
}

/** Keeps the number of the AS that all destinations share. */
function withoutIpFacts(leak: Leak): Leak {
  const plain = (breakdown: Breakdown | null) =>
    breakdown && { ...breakdown, top: breakdown.top.map(({ address, bytes }) => ({ address, bytes })) };
  return {
    ...leak,
    as: leak.as && { ...leak.as, organization: null },
    sources: plain(leak.sources),
    destinations: plain(leak.destinations),
  };
}

function shareCount(breakdown: Breakdown | null): number {
  return breakdown?.top.length ?? 0;
}

function largest(breakdown: Breakdown | null, shares: number): Breakdown | null {
  return breakdown && { ...breakdown, top: breakdown.top.slice(0, shares) };
}

/** Tells why names are missing, without what separates the fields of an alert; null when they were looked up. */
export function missingNames({ fqdnsFailure }: KnownNames): string | null {
  if (!fqdnsFailure) return fqdnsFailure === null ? null : 'not looked up';
  return `not looked up (${fqdnsFailure.replaceAll(';', ',')})`;
}

/** Replaces the message's separators in a name, which could otherwise forge fields. */
export function listedName(fqdn: string): string {
  return fqdn.replace(/[;,\s]/g, '?');
}

/** The AS and country of the destination that {@link mainAddress} names, without what separates the fields of an alert. */
export function mainIpFacts({ as, country, destinations }: Leak): { as: string | null; country: string | null } {
  const { as: largestAs = null, country: largestCountry = null } = destinations?.top[0] ?? {};
  const shown = as ?? largestAs;
  return { as: shown && describeAs(shown).replace(/[;:]/g, '?'), country: country ?? largestCountry };
}

/** The address; for a field outside the group key, the one with the most bytes. */
export function mainAddress(address: string | null, breakdown: Breakdown | null): string {
  return address ?? breakdown?.top[0]?.address ?? 'unknown';
}
