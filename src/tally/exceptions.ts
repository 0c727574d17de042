import type { AddressField, AddressKey, AddressPair } from '../model.ts';
import {
  type AddressRange,
  countEntries,
  describeException,
  type Exception,
  type ExceptionRules,
  type Exclusion,
  hasThresholds,
  ORDINARY,
  type Ruling,
} from '../options/exceptions.ts';
import type { NameRules } from '../scrutinizer/domain-names.ts';
import type { IpDatabases } from './ip-database.ts';
import type { Looks } from './looks.ts';
import { RangeTable } from './range-table.ts';

const NOT_AMONG_INCLUDED = 'source not among those included';
const NOT_INCLUDED: Ruling = { countsFrom: Number.POSITIVE_INFINITY, thresholds: [] };

type RangeException = AddressRange & { readonly exception: Exception };

/**
 * Decides which pairs are left out and which have a threshold of their own, and remembers which exceptions matched. An
 * unknown address is in no range, so that it never leaves a pair out.
 */
export class Exceptions implements NameRules {
  /** Entries of --include-source too. */
  private readonly matched = new Set<Exception | AddressRange>();
  /** By address, since a few addresses are in very many pairs. */
  private readonly cached: Readonly<Record<AddressField, Map<AddressKey, Ruling>>> = {
    source: new Map(),
    destination: new Map(),
  };

  private readonly included: RangeTable<AddressRange>;
  private readonly ranges: Readonly<Record<AddressField, RangeTable<RangeException>>>;
  private readonly byDomain = new Map<string, Exception[]>();
  private readonly byAs = new Map<number, Exception[]>();
  readonly hasThresholds: boolean;

  /** @param looks those that ended before the first one do not matter */
  constructor(
    private readonly rules: ExceptionRules,
    private readonly looks: Pick<Looks, 'first' | 'now'>,
    private readonly asOf: IpDatabases['asOf'],
  ) {
    const ranges: Record<AddressField, RangeException[]> = { source: [], destination: [] };
    for (const exception of rules.exceptions.filter(({ endsAt }) => endsAt > looks.first)) {
      const { subject } = exception;
      if (subject.kind === 'domain') addTo(this.byDomain, subject.domain, exception);
      else if (subject.kind === 'as') addTo(this.byAs, subject.number, exception);
      else ranges[subject.kind].push({ ...subject.range, exception });
    }
    this.hasThresholds = hasThresholds(rules, looks.first);
    this.included = new RangeTable(rules.includeSources);
    this.ranges = { source: new RangeTable(ranges.source), destination: new RangeTable(ranges.destination) };
  }

  get now(): number {
    return this.looks.now;
  }

  get isEmpty(): boolean {
    return countEntries(this.rules) === 0;
  }

  get hasDomains(): boolean {
    return this.byDomain.size > 0;
  }

  /** What holds for a pair whatever the names of its destination are. */
  ruleOnPair({ source, destination }: AddressPair): Ruling {
    // Both are looked up even when one is enough, so that every exception that matches is remembered.
    return combineRulings(this.ruleOnAddress('source', source), this.ruleOnAddress('destination', destination));
  }

  readonly ruleOnName = (fqdn: string): Ruling => this.ruleOn(this.domainsOf(fqdn));

  /** @returns what leaves the pair out at the last look by its addresses; null when nothing does */
  exclusionOfPair({ source, destination }: AddressPair): Exclusion | null {
    const isIncluded = source === '' || this.ruleOnAddress('source', source) !== NOT_INCLUDED;
    const matching = [...this.matching('source', source), ...this.matching('destination', destination)];
    const longest = this.longest(matching);
    if (longest) return exclusionBy([longest]);
    return isIncluded ? null : { text: NOT_AMONG_INCLUDED, description: NOT_AMONG_INCLUDED };
  }

  /** @returns what leaves out a pair of which all these names are left out at the last look */
  exclusionOfNames(fqdns: readonly string[]): Exclusion {
    const exceptions = fqdns.flatMap((fqdn) => this.longest(this.domainsOf(fqdn)) ?? []);
    return exclusionBy([...new Set(exceptions)]);
  }

  /** Those that hold at the last look and that nothing in the window matched. */
  unused(): string[] {
    const { includeSources, exceptions } = this.rules;
    const isUnused = (entry: Exception | AddressRange) => !this.matched.has(entry);
    return [
      ...includeSources.filter(isUnused).map(({ text }) => `source ${text}`),
      ...exceptions
        .filter(({ endsAt }) => endsAt > this.now)
        .filter(isUnused)
        .map(describeException),
    ];
  }

  private ruleOnAddress(field: AddressField, key: AddressKey): Ruling {
    if (key === '') return ORDINARY;
    const known = this.cached[field].get(key);
    if (known) return known;
    const isIncluded = field === 'destination' || this.rules.includeSources.length === 0 || this.isIncluded(key);
    const found = this.ruleOn(this.matching(field, key));
    const ruling = isIncluded ? found : NOT_INCLUDED;
    this.cached[field].set(key, ruling);
    return ruling;
  }

  private isIncluded(key: AddressKey): boolean {
    const matching = this.included.find(key);
    for (const range of matching) this.matched.add(range);
    return matching.length > 0;
  }

  private matching(field: AddressField, key: AddressKey): readonly Exception[] {
    const byRange = this.ranges[field].find(key).map(({ exception }) => exception);
    if (field === 'source' || this.byAs.size === 0) return byRange;
    const number = this.asOf(key)?.number;
    return number === undefined ? byRange : [...byRange, ...(this.byAs.get(number) ?? [])];
  }

  /** Those on the name itself and on all that it is below. */
  private domainsOf(fqdn: string): readonly Exception[] {
    const name = fqdn.toLowerCase().replace(/\.+$/, '');
    const found: Exception[] = [];
    for (let start = 0; ; ) {
      for (const exception of this.byDomain.get(name.slice(start)) ?? []) found.push(exception);
      const dot = name.indexOf('.', start);
      if (dot < 0) return found;
      start = dot + 1;
    }
  }

  private ruleOn(matching: readonly Exception[]): Ruling {
    if (matching.length === 0) return ORDINARY;
    let { countsFrom } = ORDINARY;
    for (const exception of matching) {
      this.matched.add(exception);
      if (exception.aboveBytes === null) countsFrom = Math.max(countsFrom, exception.endsAt);
    }
    return { countsFrom, thresholds: matching.filter(({ aboveBytes }) => aboveBytes !== null) };
  }

  /** The one that leaves something out at the last look for the longest time. */
  private longest(matching: readonly Exception[]): Exception | null {
    return matching
      .filter(({ aboveBytes, endsAt }) => aboveBytes === null && endsAt > this.now)
      .reduce<Exception | null>((longest, one) => (longest && longest.endsAt >= one.endsAt ? longest : one), null);
  }
}

/** One that leaves a pair out always wins; thresholds add up. */
export function combineRulings(a: Ruling, b: Ruling): Ruling {
  if (b === ORDINARY) return a;
  if (a === ORDINARY) return b;
  return { countsFrom: Math.max(a.countsFrom, b.countsFrom), thresholds: [...a.thresholds, ...b.thresholds] };
}

function exclusionBy(exceptions: readonly Exception[]): Exclusion {
  return {
    text: exceptions.map(({ text }) => text).join(', '),
    description: exceptions.map(describeException).join(', '),
  };
}

function addTo<K>(map: Map<K, Exception[]>, key: K, exception: Exception): void {
  const same = map.get(key);
  if (same) same.push(exception);
  else map.set(key, [exception]);
}
