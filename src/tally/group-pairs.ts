import type { AddressField, AddressPair, Breakdown, Cell, Group, GroupField, GroupName, Pair } from '../model.ts';
import { compareBytes } from '../model.ts';
import { formatAddress } from '../util/address.ts';
import { asName } from '../util/autonomous-system.ts';
import { storableKey } from '../util/storable-key.ts';
import { type IpDatabases, NO_IP_DATABASES } from './ip-database.ts';
import { entersAt } from './sliding-window.ts';

const TOP = 5;

/** The registrable domain of a pair's destination; null when none is known. */
export type DomainOf = (pair: AddressPair) => string | null;

export const NO_DOMAINS: DomainOf = () => null;

/** What destinations are grouped by, other than their addresses. */
export interface DestinationFacts {
  readonly domainOf: DomainOf;
  readonly asOf: IpDatabases['asOf'];
}

const NO_FACTS: DestinationFacts = { domainOf: NO_DOMAINS, asOf: NO_IP_DATABASES.asOf };

/**
 * Groups pairs by the group-by fields and returns the wanted groups, largest first.
 *
 * @param isWanted decides by a group's total over all windows, and by its pairs
 */
export function groupPairs(
  pairs: Iterable<Pair>,
  groupBy: readonly GroupField[],
  isWanted: (bytes: bigint, pairs: readonly Pair[]) => boolean,
  facts: DestinationFacts = NO_FACTS,
): Group[] {
  const groups: Group[] = [];
  const nameOf: NamePair = (pair) => nameGroup(pair, groupBy, facts);
  if (groupBy.includes('source') && groupBy.includes('destination')) {
    // Each pair is a group by itself. There may be very many, of which few are wanted.
    for (const pair of pairs) {
      const { bytes } = pair;
      const members = [pair];
      if (isWanted(bytes, members)) groups.push(new PairGroup(nameOf(pair).key, pair, nameOf, members, bytes));
    }
  } else {
    for (const members of membersOf(pairs, groupBy, facts)) {
      const bytes = members.reduce((sum, pair) => sum + pair.bytes, 0n);
      if (!isWanted(bytes, members)) continue;
      const first = members[0] as Pair;
      groups.push(new PairGroup(nameOf(first).key, first, nameOf, members, bytes));
    }
  }
  return groups.sort((a, b) => compareBytes(a, b) || compareText(a.key, b.key));
}

function membersOf(pairs: Iterable<Pair>, groupBy: readonly GroupField[], facts: DestinationFacts): Iterable<Pair[]> {
  const members = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const key = memberKey(pair, groupBy, facts);
    const known = members.get(key);
    if (known) known.push(pair);
    else members.set(key, [pair]);
  }
  return members.values();
}

/** Unique for each group, without decoding addresses; the lengths keep adjacent fields from running together. */
function memberKey(pair: Pair, groupBy: readonly GroupField[], facts: DestinationFacts): string {
  let key = '';
  for (const field of groupBy) {
    const part = field === 'domain' || field === 'as' ? fieldText(pair, field, facts) : pair[field];
    key += String.fromCharCode(part.length) + part;
  }
  return key;
}

/** An address whose domain or AS is not known stands for itself. */
function fieldText(pair: AddressPair, field: GroupField, { domainOf, asOf }: DestinationFacts): string {
  if (field === 'source') return formatAddress(pair.source);
  const as = field === 'as' ? asOf(pair.destination) : null;
  const name = as ? asName(as.number) : field === 'domain' ? domainOf(pair) : null;
  return name ?? formatAddress(pair.destination);
}

/** A group's total for each address of a field that is not in its key, with what is known of the largest ones. */
export function breakDown(
  { pairs }: { readonly pairs: readonly Pick<Pair, AddressField | 'bytes'>[] },
  field: AddressField,
  factsOf = NO_IP_DATABASES.factsOf,
): Breakdown {
  const totals = new Map<string, bigint>();
  for (const pair of pairs) totals.set(pair[field], (totals.get(pair[field]) ?? 0n) + pair.bytes);
  const shares = Array.from(totals, ([key, bytes]) => ({ key, address: formatAddress(key), bytes }));
  shares.sort((a, b) => compareBytes(a, b) || compareText(a.address, b.address));
  const top = shares.slice(0, TOP).map(({ key, ...share }) => ({ ...share, ...factsOf(key) }));
  return { count: shares.length, top };
}

export function nameGroup(pair: AddressPair, groupBy: readonly GroupField[], facts: DestinationFacts): GroupName {
  const show = (field: GroupField) => (groupBy.includes(field) ? fieldText(pair, field, facts) : null);
  const fields = { source: show('source'), destination: show('destination'), domain: show('domain'), as: show('as') };
  const key = Object.values(fields).filter((part) => part !== null);
  return { key: storableKey(key.join(' ')), ...fields };
}

/** The part of a group between two times (Unix seconds, both included) that do not lie within a cell. */
export function groupWithin(group: Group, from: number, to: number): Group {
  const pairs = group.pairs.map((pair) => pairWithin(pair, from, to)).filter(({ cells }) => cells.length > 0);
  const bytes = pairs.reduce((sum, pair) => sum + pair.bytes, 0n);
  return new PairGroup(group.key, group.pairs[0] as Pair, () => group, pairs, bytes);
}

function pairWithin({ source, destination, cells }: Pair, from: number, to: number): Pair {
  const within = cells.filter((cell) => cell.first >= from && entersAt(cell) <= to);
  const bytes = within.reduce((sum, cell) => sum + BigInt(cell.bytes), 0n);
  return { source, destination, bytes, events: within.reduce((sum, { events }) => sum + events, 0), cells: within };
}

/** A pair that was left out until a time (Unix seconds), and counts at looks from then on. */
export function countingFrom(pair: Pair, countsFrom: number): Pair {
  const { source, destination, bytes, events } = pair;
  return {
    ...{ source, destination, bytes, events },
    get cells() {
      return pair.cells.map((cell) => ({ ...cell, countsFrom }));
    },
  };
}

type NamePair = (pair: AddressPair) => GroupName;

/** Computes from its pairs on request what most groups are never asked for, since their cells take most of the memory. */
class PairGroup implements Group {
  /** @param first any pair of the group, to name it by */
  constructor(
    readonly key: string,
    private readonly first: AddressPair,
    private readonly nameOf: NamePair,
    readonly pairs: readonly Pair[],
    readonly bytes: bigint,
  ) {}

  get source(): string | null {
    return this.nameOf(this.first).source;
  }

  get destination(): string | null {
    return this.nameOf(this.first).destination;
  }

  get domain(): string | null {
    return this.nameOf(this.first).domain;
  }

  get as(): string | null {
    return this.nameOf(this.first).as;
  }

  get cells(): readonly Cell[] {
    return this.pairs.flatMap(({ cells }) => cells).sort((a, b) => a.first - b.first);
  }

  get events(): number {
    return this.pairs.reduce((sum, { events }) => sum + events, 0);
  }

  get firstSeen(): number {
    return this.cells.reduce((oldest, { first }) => Math.min(oldest, first), Number.POSITIVE_INFINITY);
  }

  get lastSeen(): number {
    return this.cells.reduce((newest, { last }) => Math.max(newest, last), Number.NEGATIVE_INFINITY);
  }
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
