import ipaddr from 'ipaddr.js';
import type { AddressKey } from '../model.ts';

/** Shown for a column that is NULL or has neither 4 nor 16 bytes. */
const UNKNOWN = 'unknown';
const IPV4_MAPPED_PREFIX = '\0\0\0\0\0\0\0\0\0\0\xff\xff';

/**
 * Normalizes a database value (4 or 16 bytes in network order) for comparison. An IPv4-mapped IPv6 address
 * (RFC 4291, 2.5.5.2) becomes IPv4, an unusable value ''.
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

/** @returns the bytes of an IPv4 or IPv6 address; null for anything else, including IPv4 with fewer than four parts */
export function parseAddress(text: string): Buffer | null {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || (ipaddr.IPv6.isValid(text) && !text.includes('%'));
  return isAddress ? Buffer.from(ipaddr.parse(text).toByteArray()) : null;
}

/** Joins two addresses into a key; the length tells 4 + 16 bytes from 16 + 4. */
export function pairKey(source: AddressKey, destination: AddressKey): string {
  return String.fromCharCode(source.length) + source + destination;
}

/** Lists the values that the database may hold for an address: IPv4 may also be IPv4-mapped. */
export function addressValues(key: AddressKey): Buffer[] {
  const plain = Buffer.from(key, 'latin1');
  return key.length === 4 ? [plain, Buffer.from(IPV4_MAPPED_PREFIX + key, 'latin1')] : [plain];
}

/** Decodes to one character per byte. */
function asText(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return value instanceof ArrayBuffer ? Buffer.from(value).toString('latin1') : '';
}
