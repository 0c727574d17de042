import type { AddressField, AddressKey, AddressPair, AddressRange, ExclusionRules } from '../model.ts';
import { asName } from '../util/autonomous-system.ts';
import { type IpDatabases, NO_IP_DATABASES } from './ip-database.ts';
import { RangeTable } from './range-table.ts';

/**
 * Decides which pairs are excluded, and remembers which entries matched. An unknown address is in no range, so that it
 * never excludes a pair.
 */
export class Exclusions {
  private readonly matched = new Set<AddressRange | string | number>();
  /** By address, since a few addresses are in very many pairs. */
  private readonly cached = {
    source: new Map<AddressKey, string | null>(),
    destination: new Map<AddressKey, string | null>(),
  };

  private readonly included: RangeTable;
  private readonly excluded: Readonly<Record<AddressField, RangeTable>>;
  private readonly suffixes: ReadonlySet<string>;
  private readonly systems: ReadonlySet<number>;

  constructor(
    private readonly rules: ExclusionRules,
    private readonly asOf: IpDatabases['asOf'] = NO_IP_DATABASES.asOf,
  ) {
    this.included = new RangeTable(rules.includeSources);
    this.excluded = {
      source: new RangeTable(rules.excludeSources),
      destination: new RangeTable(rules.excludeDestinations),
    };
    this.suffixes = new Set(rules.excludeDomains);
    this.systems = new Set(rules.excludeAs);
  }

  /** Whether addresses alone exclude any pair, by ranges or by autonomous systems. */
  get hasAddresses(): boolean {
    const { includeSources, excludeSources, excludeDestinations, excludeAs } = this.rules;
    return includeSources.length + excludeSources.length + excludeDestinations.length + excludeAs.length > 0;
  }

  get hasDomains(): boolean {
    return this.rules.excludeDomains.length > 0;
  }

  isExcludedByAddress(pair: AddressPair): boolean {
    return this.addressExclusion(pair) !== null;
  }

  /** @returns the entry that excludes the pair, as `source 10.0.0.0/8` or `as AS64496`; null when none does */
  addressExclusion({ source, destination }: AddressPair): string | null {
    // Both are looked up even when one is enough, so that every entry that matches is remembered.
    const bySource = this.exclusionOf('source', source);
    const byDestination = this.exclusionOf('destination', destination);
    return bySource ?? byDestination;
  }

  /** Is the name an excluded domain, or below one? */
  readonly isUnderSuffix = (fqdn: string): boolean => {
    const suffixes = this.suffixesOf(fqdn);
    for (const suffix of suffixes) this.matched.add(suffix);
    return suffixes.length > 0;
  };

  /** @returns the suffixes that exclude these names, as `domain example.net` */
  domainExclusion(fqdns: readonly string[]): string {
    return `domain ${[...new Set(fqdns.flatMap((fqdn) => this.suffixesOf(fqdn)))].join(', ')}`;
  }

  /** The entries, as they were written, that nothing in the window matched. */
  unused(): string[] {
    const { includeSources, excludeSources, excludeDestinations, excludeDomains, excludeAs } = this.rules;
    const ranges = [...includeSources, ...excludeSources, ...excludeDestinations];
    return [
      ...ranges.filter((range) => !this.matched.has(range)).map(({ text }) => text),
      ...excludeDomains.filter((suffix) => !this.matched.has(suffix)),
      ...excludeAs.filter((number) => !this.matched.has(number)).map(asName),
    ];
  }

  /** The excluded domains among the name itself and all that it is below. */
  private suffixesOf(fqdn: string): string[] {
    const name = fqdn.toLowerCase().replace(/\.+$/, '');
    const found: string[] = [];
    for (let start = 0; ; ) {
      const domain = name.slice(start);
      if (this.suffixes.has(domain)) found.push(domain);
      const dot = name.indexOf('.', start);
      if (dot < 0) return found;
      start = dot + 1;
    }
  }

  private exclusionOf(field: AddressField, key: AddressKey): string | null {
    if (key === '') return null;
    const known = this.cached[field].get(key);
    if (known !== undefined) return known;
    const mayBeMissing = field === 'destination' || this.rules.includeSources.length === 0;
    const isIncluded = mayBeMissing || this.findRange(key, this.included) !== undefined;
    const range = this.findRange(key, this.excluded[field]);
    const system = field === 'destination' ? this.findSystem(key) : null;
    let exclusion = isIncluded ? null : 'source not among those included';
    if (system !== null) exclusion = `as ${asName(system)}`;
    if (range) exclusion = `${field} ${range.text}`;
    this.cached[field].set(key, exclusion);
    return exclusion;
  }

  private findSystem(destination: AddressKey): number | null {
    const number = this.systems.size > 0 ? this.asOf(destination)?.number : undefined;
    if (number === undefined || !this.systems.has(number)) return null;
    this.matched.add(number);
    return number;
  }

  private findRange(key: AddressKey, table: RangeTable): AddressRange | undefined {
    const matching = table.find(key);
    for (const range of matching) this.matched.add(range);
    return matching[0];
  }
}
