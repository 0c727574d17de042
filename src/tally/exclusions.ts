import ipaddr from 'ipaddr.js';
import type { AddressField, AddressKey, AddressRange, Ends, ExclusionRules } from '../model.ts';

/**
 * Decides which pairs do not count. An address that is not known is in no range, and so is never a reason to leave
 * something out. Remembers which entries were of use.
 */
export class Exclusions {
  private readonly used = new Set<AddressRange | string>();
  private readonly decided = {
    source: new Map<AddressKey, string | null>(),
    destination: new Map<AddressKey, string | null>(),
  };

  constructor(private readonly rules: ExclusionRules) {}

  get hasRanges(): boolean {
    const { includeSources, excludeSources, excludeDestinations } = this.rules;
    return includeSources.length + excludeSources.length + excludeDestinations.length > 0;
  }

  get hasDomains(): boolean {
    return this.rules.excludeDomains.length > 0;
  }

  isExcludedByAddress(pair: Ends): boolean {
    return this.addressEntry(pair) !== null;
  }

  /** @returns the entry by which the pair does not count, as `source 10.0.0.0/8`; null when it counts */
  addressEntry({ source, destination }: Ends): string | null {
    // Both are asked, so that every entry of use is known.
    const [bySource, byDestination] = [this.decide('source', source), this.decide('destination', destination)];
    return bySource ?? byDestination;
  }

  /** Is the name one of the excluded domains, or below one? */
  readonly isUnderSuffix = (fqdn: string): boolean => {
    const suffixes = this.suffixesOf(fqdn);
    for (const suffix of suffixes) this.used.add(suffix);
    return suffixes.length > 0;
  };

  /** @returns the entries that these names fall under, as `domain example.net` */
  domainEntry(fqdns: readonly string[]): string {
    return `domain ${[...new Set(fqdns.flatMap((fqdn) => this.suffixesOf(fqdn)))].join(', ')}`;
  }

  /** The entries, as they were written, that nothing in the window fell under. */
  unused(): string[] {
    const { includeSources, excludeSources, excludeDestinations, excludeDomains } = this.rules;
    const ranges = [...includeSources, ...excludeSources, ...excludeDestinations];
    return [
      ...ranges.filter((range) => !this.used.has(range)).map(({ text }) => text),
      ...excludeDomains.filter((suffix) => !this.used.has(suffix)),
    ];
  }

  private suffixesOf(fqdn: string): string[] {
    const name = fqdn.toLowerCase().replace(/\.+$/, '');
    return this.rules.excludeDomains.filter((suffix) => name === suffix || name.endsWith(`.${suffix}`));
  }

  private decide(side: AddressField, key: AddressKey): string | null {
    if (key === '') return null;
    // Few addresses are in very many pairs.
    const known = this.decided[side].get(key);
    if (known !== undefined) return known;
    const { includeSources, excludeSources, excludeDestinations } = this.rules;
    const isIncluded = side === 'destination' || includeSources.length === 0 || this.find(key, includeSources);
    const range = this.find(key, side === 'source' ? excludeSources : excludeDestinations);
    const entry = range ? `${side} ${range.text}` : isIncluded ? null : 'source not among those included';
    this.decided[side].set(key, entry);
    return entry;
  }

  private find(key: AddressKey, ranges: readonly AddressRange[]): AddressRange | undefined {
    if (ranges.length === 0) return undefined;
    const address = ipaddr.fromByteArray([...Buffer.from(key, 'latin1')]);
    const matching = ranges.filter(
      ({ network, prefixLength }) => network.kind() === address.kind() && address.match(network, prefixLength),
    );
    for (const range of matching) this.used.add(range);
    return matching[0];
  }
}
