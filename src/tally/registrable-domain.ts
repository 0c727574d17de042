import { getDomain } from 'tldts';

/**
 * The private section of the list is not used: with it, anyone who can open accounts at a cloud could split a leak at
 * will. And nothing is taken for a URL or refused: a DNS label may hold any byte (RFC 2181, 11).
 */
const OPTIONS = { allowPrivateDomains: false, extractHostname: false, validateHostname: false };

/** Letters of any script, and what else host names are made of. */
const UNUSUAL = /[^\p{L}\p{N}\p{M}._-]/gu;

/**
 * Returns the domain that somebody registered, by the public suffix list: `example.co.uk` of `a.b.example.co.uk`. It has
 * no blanks or separators, so that it can stand in group keys and in alerts.
 *
 * @returns null for a name below which nobody can register one
 */
export function registrableDomain(fqdn: string): string | null {
  const name = fqdn.toLowerCase().replace(/[.\s]+$/, '');
  // No top-level domain is a number (RFC 3696, 2), so this is an address, perhaps with something in front of it.
  if (/(^|\.)\d+$/.test(name)) return null;
  return getDomain(name, OPTIONS)?.replace(UNUSUAL, '?') ?? null;
}
