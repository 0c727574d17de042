import { getDomain } from 'tldts';

/**
 * The domain that somebody registered: `example.co.uk` of `a.b.example.co.uk`, by the public suffix list. Of its two parts
 * only the one of registries is used: with the other, whoever can open accounts at a cloud could split a leak at will.
 *
 * @returns null without a name, or for one that nobody can register
 */
export function registrableDomain(fqdn: string | null): string | null {
  return fqdn === null ? null : getDomain(fqdn.toLowerCase(), { allowPrivateDomains: false });
}
