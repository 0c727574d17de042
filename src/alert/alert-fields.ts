import type { Breakdown } from '../model.ts';

/** What an alert contains beyond its leak. */
export interface AlertContext {
  readonly rule: string;
  readonly windowSeconds: number;
  readonly alertId: string;
  /** The alert is about an earlier window than the current one, so it must say which. */
  readonly isLate: boolean;
  /** Syslog severity, 0 (emerg) to 7 (debug). */
  readonly severity: number;
}

/** Receivers truncate or split longer records: 2 KiB (RFC 5424, section 6.1), less room for the syslog header. */
const MAX_MESSAGE_BYTES = 2048 - 400;

export function fits(message: string): boolean {
  return Buffer.byteLength(message) <= MAX_MESSAGE_BYTES;
}

/**
 * Renders the message with as many names as fit, newest first.
 *
 * @param render must give a message that fits when there are no names
 */
export function fitNames(
  fqdns: readonly string[],
  render: (names: readonly string[], omitted: number) => string,
): string {
  let message = render([], fqdns.length);
  for (let count = 1; count <= fqdns.length; count++) {
    const longer = render(fqdns.slice(0, count), fqdns.length - count);
    if (!fits(longer)) break;
    message = longer;
  }
  return message;
}

/** Replaces the message's separators in a name, which could otherwise forge fields. */
export function listedName(fqdn: string): string {
  return fqdn.replace(/[;,\s]/g, '?');
}

/** The address; for a field outside the group key, the one with the most bytes. */
export function mainAddress(address: string | null, breakdown: Breakdown | null): string {
  return address ?? breakdown?.top[0]?.address ?? 'unknown';
}
