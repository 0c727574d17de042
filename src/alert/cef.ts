import { isIP } from 'node:net';
import type { Leak } from '../model.ts';
import { VERSION } from '../version.ts';
import { type AlertContext, fitLeak, listedName, mainAddress, mainIpFacts, missingNames } from './alert-fields.ts';

/** CEF severities by syslog severity, emerg to debug. In CEF, 0-3 is low, 4-6 medium, 7-8 high, 9-10 very high. */
const SEVERITIES = [10, 9, 8, 7, 6, 4, 3, 1];

/** Values by keys of CEF's dictionary; null is left out. */
type Fields = Readonly<Record<string, string | number | bigint | null>>;

/**
 * Formats the alert as ArcSight's CEF ("Implementing ArcSight Common Event Format", version 25). Names that do not fit
 * are left out, oldest first, and counted.
 */
export function alertCef(leak: Leak, { rule, windowSeconds, alertId, severity, maxBytes }: AlertContext): string {
  // SIEM rules name the signature, so every status has the same. Nothing in the header needs escaping.
  const header = `CEF:0|leaktally|leaktally|${VERSION}|data-leak|Data Leak|${SEVERITIES[severity]}|`;
  return fitLeak(leak, maxBytes, (shown) => {
    const { fqdns, fqdnsOmitted, domain, growth } = shown;
    const { as, country } = mainIpFacts(shown);
    const names = fqdns.map(listedName);
    return (
      header +
      extension({
        rt: leak.asOf * 1000,
        start: leak.firstSeen * 1000,
        end: leak.lastSeen * 1000,
        ...address('src', 'c6a2', 'Source IPv6 Address', mainAddress(leak.source, leak.sources)),
        ...address('dst', 'c6a3', 'Destination IPv6 Address', mainAddress(leak.destination, leak.destinations)),
        // With several destinations, the names may not belong to the one in dst.
        dhost: leak.destination === null ? null : (names[0] ?? null),
        destinationDnsDomain: domain,
        // CEF gives this integer no size. Some receivers truncate or drop more than 2^31-1 (2.1 GB); a number that is
        // not the total would be worse for the others.
        out: leak.bytes,
        cnt: leak.events,
        externalId: alertId,
        ...custom('cs1', 'Rule', rule),
        ...custom('cs2', 'Status', leak.status),
        ...custom('cs3', 'Host Names', missingNames(shown) ?? (names.join(', ') || null)),
        ...custom('cs4', 'Host Names Omitted', fqdnsOmitted || null),
        ...custom('cs5', 'Destination AS', as),
        ...custom('cs6', 'Destination Country', country),
        ...custom('cn1', 'Window Seconds', windowSeconds),
        ...custom('cn2', 'Destinations', leak.destinations?.count ?? null),
        ...custom('cn3', 'Sources', leak.sources?.count ?? null),
        ...custom('flexNumber1', 'Growth Bytes', growth?.bytes ?? null),
        ...custom('flexNumber2', 'Growth Since Seconds', growth?.sinceSeconds ?? null),
      })
    );
  });
}

/** Fills src or dst, which take IPv4 only. Strict parsers reject anything else, so an unknown address is left out. */
function address(ipv4Key: string, ipv6Key: string, ipv6Label: string, text: string): Fields {
  if (isIP(text) === 6) return custom(ipv6Key, ipv6Label, text);
  return { [ipv4Key]: isIP(text) === 4 ? text : null };
}

/** Fills a custom key and the label that names it. */
function custom(key: string, label: string, value: Fields[string]): Fields {
  return value === null ? {} : { [key]: value, [`${key}Label`]: label };
}

/** Line breaks would need escaping too, but no value has any: names are listed without white space. */
function extension(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${`${value}`.replace(/[\\=]/g, '\\$&')}`)
    .join(' ');
}
