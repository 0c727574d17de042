import ipaddr from 'ipaddr.js';
import type { AddressKey } from '../model.ts';

/** How an address is shown when its column is NULL or has neither 4 nor 16 bytes. */
const UNKNOWN = 'unknown';
const IPV4_MAPPED_PREFIX = '\0\0\0\0\0\0\0\0\0\0\xff\xff';

/**
 * Brings a database value (4 or 16 bytes in network order) into the form in which addresses are compared.
 * An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) becomes the IPv4 address; anything unusable becomes ''.
 */
export function addressKey(value: unknown): AddressKey {
  const key = typeof value === 'string' ? value : asText(value);
  if (key.length === 4) return key;
  if (key.length !== 16) return '';
  return key.startsWith(IPV4_MAPPED_PREFIX) ? key.slice(IPV4_MAPPED_PREFIX.length) : key;
}

/** @returns dotted IPv4, IPv6 in the form of RFC 5952, or `unknown` */
export function formatAddress(key: AddressKey): string {
  if (key === '') return UNKNOWN;
  const address = ipaddr.fromByteArray([...Buffer.from(key, 'latin1')]);
  return address.kind() === 'ipv6' ? (address as ipaddr.IPv6).toRFC5952String() : address.toString();
}

/** @returns the bytes of an IPv4 or IPv6 address; null for anything else, as for an IPv4 address in fewer parts */
export function parseAddress(text: string): Buffer | null {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || (ipaddr.IPv6.isValid(text) && !text.includes('%'));
  return isAddress ? Buffer.from(ipaddr.parse(text).toByteArray()) : null;
}

/** One text for two addresses; the length keeps 4 + 16 bytes apart from 16 + 4 bytes that are the same. */
export function pairKey(source: AddressKey, destination: AddressKey): string {
  return String.fromCharCode(source.length) + source + destination;
}

/** Every value under which the database may hold this address: IPv4 also in its IPv4-mapped form. */
export function addressValues(key: AddressKey): Buffer[] {
  const plain = Buffer.from(key, 'latin1');
  return key.length === 4 ? [plain, Buffer.from(IPV4_MAPPED_PREFIX + key, 'latin1')] : [plain];
}

/** One character a byte. */
function asText(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return value instanceof ArrayBuffer ? Buffer.from(value).toString('latin1') : '';
}
