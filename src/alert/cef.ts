import { isIP } from 'node:net';
import type { Leak } from '../model.ts';
import { type AlertContext, fitNames, listedName, mainAddress } from './alert-fields.ts';

declare const LEAKTALLY_VERSION: string;

/** By the number of the syslog severity, emerg to debug. In CEF 0 to 3 is low, to 6 medium, to 8 high, to 10 very high. */
const SEVERITIES = [10, 9, 8, 7, 6, 4, 3, 1];

/** A key of CEF's dictionary with its value; null: not in this alert. */
type Fields = Readonly<Record<string, string | number | bigint | null>>;

/**
 * The alert as ArcSight's Common Event Format ("Implementing ArcSight Common Event Format", version 25). Names that do
 * not fit are left out, the oldest first, and counted.
 */
export function alertCef(leak: Leak, { rule, windowSeconds, alertId, severity }: AlertContext): string {
  // The same signature for every status, since rules of a SIEM name it. Nothing in the header needs to be escaped.
  const header = `CEF:0|leaktally|leaktally|${LEAKTALLY_VERSION}|data-leak|Data Leak|${SEVERITIES[severity]}|`;
  return fitNames(leak.fqdns, (fqdns, omitted) => {
    const names = fqdns.map(listedName);
    return (
      header +
      extension({
        rt: leak.asOf * 1000,
        start: leak.firstSeen * 1000,
        end: leak.lastSeen * 1000,
        ...address('src', 'c6a2', 'Source IPv6 Address', mainAddress(leak.source, leak.sources)),
        ...address('dst', 'c6a3', 'Destination IPv6 Address', mainAddress(leak.destination, leak.destinations)),
        // Names of many destinations need not be those of the one in dst.
        dhost: leak.destination === null ? null : (names[0] ?? null),
        destinationDnsDomain: leak.domain,
        // The dictionary calls it an integer without a size. Some receivers end at 2^31-1 (2.1 GB) and cut or drop what
        // is larger; a number that is not the total would be worse for the others.
        out: leak.bytes,
        cnt: leak.events,
        externalId: alertId,
        ...custom('cs1', 'Rule', rule),
        ...custom('cs2', 'Status', leak.status),
        ...custom('cs3', 'Host Names', names.join(', ') || null),
        ...custom('cs4', 'Host Names Omitted', omitted || null),
        ...custom('cn1', 'Window Seconds', windowSeconds),
        ...custom('cn2', 'Destinations', leak.destinations?.count ?? null),
        ...custom('cn3', 'Sources', leak.sources?.count ?? null),
        ...custom('flexNumber1', 'Growth Bytes', leak.growth?.bytes ?? null),
        ...custom('flexNumber2', 'Growth Since Seconds', leak.growth?.sinceSeconds ?? null),
      })
    );
  });
}

/** src and dst are for IPv4 only. An address that is not known is left out: strict parsers refuse anything else there. */
function address(ipv4Key: string, ipv6Key: string, ipv6Label: string, text: string): Fields {
  if (isIP(text) === 6) return custom(ipv6Key, ipv6Label, text);
  return { [ipv4Key]: isIP(text) === 4 ? text : null };
}

/** The keys for what the dictionary has no name for say in another one what they hold. */
function custom(key: string, label: string, value: Fields[string]): Fields {
  return value === null ? {} : { [key]: value, [`${key}Label`]: label };
}

/** Line breaks would have to be escaped as well, but no value has any: names are listed without white space. */
function extension(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${`${value}`.replace(/[\\=]/g, '\\$&')}`)
    .join(' ');
}
