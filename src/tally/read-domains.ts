import type { AddressPair, GroupField } from '../model.ts';
import type { DomainNames } from '../scrutinizer/domain-names.ts';
import { formatAddress, pairKey } from '../util/address.ts';
import { type DestinationFacts, type DomainOf, nameGroup } from './group-pairs.ts';

/** The groups with an open episode when the run begins. */
export interface OpenGroups {
  /** @returns Unix seconds at which the group's episode opened; null when none is open */
  openedAt(groupKey: string): number | null;
  /** @returns whether a group with this source, or without one in its key, has an open episode */
  includesSource(source: string): boolean;
  /** @returns whether a group with this source and a domain that is no address has an open episode */
  includesDomainOf(source: string): boolean;
}

/**
 * Chooses the domain of each pair among the registrable domains of its names: the one with an open episode (among
 * several, the one opened last), else the newest. So neither a changed name is news nor one that ages out: pairs whose
 * names are all too old keep them while their source has an open episode.
 *
 * @param open null where no state is kept
 * @param readOlder reads the names of these pairs of any age
 */
export async function readDomains(
  names: DomainNames,
  pairs: readonly AddressPair[],
  groupBy: readonly GroupField[],
  open: OpenGroups | null,
  readOlder: (pairs: readonly AddressPair[]) => Promise<DomainNames>,
  asOf: DestinationFacts['asOf'],
): Promise<DomainOf> {
  // The public suffix list is large, and only this needs it.
  const { registrableDomain } = await import('./registrable-domain.ts');
  const domainsOf = (pair: AddressPair) => names.ofPair(pair).flatMap((fqdn) => registrableDomain(fqdn) ?? []);
  if (!open) return (pair) => domainsOf(pair)[0] ?? null;
  const nameless = (names.failure === null ? pairs : []).filter(
    (pair) => names.ofPair(pair).length === 0 && open.includesSource(formatAddress(pair.source)),
  );
  if (nameless.length > 0) names.addMissing(await readOlder(nameless));
  const chooseDomain = (pair: AddressPair) => {
    const domains = domainsOf(pair);
    const keyWith = (domain: string) => nameGroup(pair, groupBy, { domainOf: () => domain, asOf }).key;
    const opened = domains.map((domain) => open.openedAt(keyWith(domain)) ?? -1);
    const newest = Math.max(-1, ...opened);
    return (newest < 0 ? domains[0] : domains[opened.indexOf(newest)]) ?? null;
  };
  const chosen = new Map<string, string | null>();
  return (pair) => {
    const key = pairKey(pair.source, pair.destination);
    const known = chosen.get(key);
    if (known !== undefined) return known;
    const domain = chooseDomain(pair);
    chosen.set(key, domain);
    return domain;
  };
}
