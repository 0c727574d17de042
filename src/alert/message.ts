import type { Breakdown, Leak } from '../model.ts';
import { formatDuration, formatIsoTime } from '../units.ts';

export interface AlertContext {
  readonly rule: string;
  readonly windowSeconds: number;
  readonly alertId: string;
  /** The alert is about an earlier window than the one that ends now, so that it must say which. */
  readonly isLate: boolean;
}

/** Receivers cut or split longer records; 2 KiB less room for the syslog header (RFC 5424, section 6.1). */
const MAX_MESSAGE_BYTES = 2048 - 400;

/**
 * The alert as one line, with the labels of the script that leaktally replaces, so that Scrutinizer policies which
 * match them still do. Names that do not fit are left out, the oldest first, and counted.
 */
export function alertText(leak: Leak, { rule, windowSeconds, alertId, isLate }: AlertContext): string {
  const window = formatDuration(windowSeconds) + (isLate ? ` to ${formatIsoTime(leak.asOf)}` : '');
  const before = [
    'Data Leak: ',
    `Source IP: ${endpoint(leak.source, leak.sources)}; `,
    `Destination IP: ${endpoint(leak.destination, leak.destinations)}; `,
    `Total Byte Exfil: ${leak.bytes}; Events: ${leak.events}; Window: ${window}; `,
  ].join('');
  const after = `; Rule: ${rule}; Alert: ${alertId}`;
  const room = MAX_MESSAGE_BYTES - Buffer.byteLength(before + after);
  return `${before}FQDN: ${nameList(leak.fqdns, room)}${after}`;
}

function endpoint(address: string | null, breakdown: Breakdown | null): string {
  if (address !== null) return address;
  const largest = breakdown?.top[0]?.address ?? 'unknown';
  return largest + others((breakdown?.count ?? 1) - 1);
}

function nameList(fqdns: readonly string[], room: number): string {
  if (fqdns.length === 0) return 'none';
  let list = '';
  let kept = 0;
  for (const fqdn of fqdns) {
    // The separators of the message could otherwise be used to forge its fields.
    const name = fqdn.replace(/[;,\s]/g, '?');
    const longer = list === '' ? name : `${list}, ${name}`;
    if (Buffer.byteLength(longer + others(fqdns.length - kept - 1)) > room - Buffer.byteLength('FQDN: ')) break;
    list = longer;
    kept++;
  }
  return kept === 0 ? `${fqdns.length} too long to list` : list + others(fqdns.length - kept);
}

function others(count: number): string {
  return count > 0 ? ` and ${count} more` : '';
}
