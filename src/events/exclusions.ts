import ipaddr from 'ipaddr.js';
import type { AddressField, AddressKey, AddressRange, ExclusionRules, Pair } from '../model.ts';

/**
 * Decides which pairs do not count. An address that is not known is in no range, and so is never a reason to leave
 * something out. Remembers which entries were of use.
 */
export class Exclusions {
  private readonly used = new Set<AddressRange | string>();
  private readonly decided = {
    source: new Map<AddressKey, boolean>(),
    destination: new Map<AddressKey, boolean>(),
  };

  constructor(private readonly rules: ExclusionRules) {}

  get hasDomains(): boolean {
    return this.rules.excludeDomains.length > 0;
  }

  get hasRanges(): boolean {
    const { includeSources, excludeSources, excludeDestinations } = this.rules;
    return includeSources.length + excludeSources.length + excludeDestinations.length > 0;
  }

  isExcludedByAddress({ source, destination }: Pair): boolean {
    // Both are asked, so that every entry of use is known.
    const [bySource, byDestination] = [this.decide('source', source), this.decide('destination', destination)];
    return bySource || byDestination;
  }

  /** Is the name one of the excluded domains, or below one? */
  readonly isUnderSuffix = (fqdn: string): boolean => {
    const name = fqdn.toLowerCase().replace(/\.+$/, '');
    const suffixes = this.rules.excludeDomains.filter((suffix) => name === suffix || name.endsWith(`.${suffix}`));
    for (const suffix of suffixes) this.used.add(suffix);
    return suffixes.length > 0;
  };

  /** The entries, as they were written, that nothing in the window fell under. */
  unused(): string[] {
    const { includeSources, excludeSources, excludeDestinations, excludeDomains } = this.rules;
    const ranges = [...includeSources, ...excludeSources, ...excludeDestinations];
    return [
      ...ranges.filter((range) => !this.used.has(range)).map(({ text }) => text),
      ...excludeDomains.filter((suffix) => !this.used.has(suffix)),
    ];
  }

  private decide(side: AddressField, key: AddressKey): boolean {
    if (key === '') return false;
    // Few addresses are in very many pairs.
    const known = this.decided[side].get(key);
    if (known !== undefined) return known;
    const isExcluded = side === 'source' ? this.isSourceExcluded(key) : this.isIn(key, this.rules.excludeDestinations);
    this.decided[side].set(key, isExcluded);
    return isExcluded;
  }

  private isSourceExcluded(key: AddressKey): boolean {
    const { includeSources, excludeSources } = this.rules;
    const isIncluded = this.isIn(key, includeSources) || includeSources.length === 0;
    return this.isIn(key, excludeSources) || !isIncluded;
  }

  private isIn(key: AddressKey, ranges: readonly AddressRange[]): boolean {
    if (ranges.length === 0) return false;
    const address = ipaddr.fromByteArray([...Buffer.from(key, 'latin1')]);
    const matching = ranges.filter(
      ({ network, prefixLength }) => network.kind() === address.kind() && address.match(network, prefixLength),
    );
    for (const range of matching) this.used.add(range);
    return matching.length > 0;
  }
}
