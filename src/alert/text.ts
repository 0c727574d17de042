import prettyBytes from 'pretty-bytes';
import type { Breakdown, Leak } from '../model.ts';
import { formatAge, formatDuration, formatIsoTime } from '../util/units.ts';
import { type AlertContext, fitLeak, listedName, mainAddress, mainIpFacts, missingNames } from './alert-fields.ts';

/**
 * Formats the alert as one line, with the labels of the script that leaktally replaces, so that Scrutinizer policies
 * still match. The names are last, since receivers cut off the end of long records. Names that do not fit
 * are left out, oldest first, and counted.
 */
export function alertText(leak: Leak, { rule, windowSeconds, alertId, isLate, maxBytes }: AlertContext): string {
  const window = formatDuration(windowSeconds) + (isLate ? ` to ${formatIsoTime(leak.asOf)}` : '');
  return fitLeak(leak, maxBytes, (shown) => {
    const { growth, domain, fqdns, fqdnsOmitted } = shown;
    const { as, country } = mainIpFacts(shown);
    const fields = [
      `Source IP: ${endpoint(leak.source, leak.sources)}`,
      `Destination IP: ${endpoint(leak.destination, leak.destinations)}`,
      ...(domain === null ? [] : [`Domain: ${domain}`]),
      `Total Byte Exfil: ${leak.bytes}`,
      `Events: ${leak.events}`,
      `Window: ${window}`,
      ...(growth
        ? [`Grown by: ${prettyBytes(growth.bytes)} since the last alert ${formatAge(growth.sinceSeconds)} ago`]
        : []),
      `Rule: ${rule}`,
      `Alert: ${alertId}`,
      ...(as === null ? [] : [`AS: ${as}`]),
      ...(country === null ? [] : [`Country: ${country}`]),
      `FQDN: ${missingNames(shown) ?? nameList(fqdns, fqdnsOmitted)}`,
    ];
    return `Data Leak: ${fields.join('; ')}`;
  });
}

function endpoint(address: string | null, breakdown: Breakdown | null): string {
  return mainAddress(address, breakdown) + (address === null ? others((breakdown?.count ?? 1) - 1) : '');
}

function nameList(names: readonly string[], omitted: number): string {
  if (names.length > 0) return names.map(listedName).join(', ') + others(omitted);
  return omitted > 0 ? `${omitted} too long to list` : 'none';
}

function others(count: number): string {
  return count > 0 ? ` and ${count} more` : '';
}
