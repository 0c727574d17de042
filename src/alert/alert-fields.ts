import type { Breakdown } from '../model.ts';

/** What an alert says beyond its leak. */
export interface AlertContext {
  readonly rule: string;
  readonly windowSeconds: number;
  readonly alertId: string;
  /** The alert is about an earlier window than the one that ends now, so that it must say which. */
  readonly isLate: boolean;
  /** The number of the syslog severity, 0 (emerg) to 7 (debug). */
  readonly severity: number;
}

/** Receivers cut or split longer records; 2 KiB less room for the syslog header (RFC 5424, section 6.1). */
const MAX_MESSAGE_BYTES = 2048 - 400;

export function fits(message: string): boolean {
  return Buffer.byteLength(message) <= MAX_MESSAGE_BYTES;
}

/**
 * The message with as many names as it has room for, the newest first.
 *
 * @param render writes it with these names and says how many were left out; without a name it must fit
 */
export function fitNames(
  fqdns: readonly string[],
  render: (names: readonly string[], omitted: number) => string,
): string {
  let message = render([], fqdns.length);
  for (let kept = 1; kept <= fqdns.length; kept++) {
    const longer = render(fqdns.slice(0, kept), fqdns.length - kept);
    if (!fits(longer)) break;
    message = longer;
  }
  return message;
}

/** A name in a list: the separators of the message could otherwise be used to forge its fields. */
export function listedName(fqdn: string): string {
  return fqdn.replace(/[;,\s]/g, '?');
}

/** The address, or the largest of those behind a field that is not in the group key. */
export function mainAddress(address: string | null, breakdown: Breakdown | null): string {
  return address ?? breakdown?.top[0]?.address ?? 'unknown';
}
