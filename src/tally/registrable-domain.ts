import { getDomain } from 'tldts';

/**
 * The domain that somebody registered: `example.co.uk` of `a.b.example.co.uk`, by the public suffix list. Its private
 * section is not used: with it, anyone who can open accounts at a cloud could split a leak at will.
 *
 * @returns null without a name, or for one that nobody can register
 */
export function registrableDomain(fqdn: string | null): string | null {
  return fqdn === null ? null : getDomain(fqdn.toLowerCase(), { allowPrivateDomains: false });
}
