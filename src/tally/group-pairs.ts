import type { AddressField, AddressPair, Breakdown, Group, GroupField, GroupName, Pair } from '../model.ts';
import { compareBytes } from '../model.ts';
import { formatAddress } from '../util/address.ts';

const TOP = 5;

/** The registrable domain of a pair's destination; null when none is known. */
export type DomainOf = (pair: AddressPair) => string | null;

export const NO_DOMAINS: DomainOf = () => null;

/** Groups pairs by the group-by fields and returns the wanted groups, largest first. */
export function groupPairs(
  pairs: Iterable<Pair>,
  groupBy: readonly GroupField[],
  isWanted: (bytes: bigint) => boolean,
  domainOf: DomainOf = NO_DOMAINS,
): Group[] {
  const groups: Group[] = [];
  if (groupBy.includes('source') && groupBy.includes('destination')) {
    // Each pair is a group by itself. There may be very many, of which few are wanted.
    for (const pair of pairs) {
      const { bytes } = pair;
      if (isWanted(bytes)) groups.push(toGroup([pair], groupBy, bytes, domainOf));
    }
  } else {
    for (const members of membersOf(pairs, groupBy, domainOf)) {
      const bytes = members.reduce((sum, pair) => sum + pair.bytes, 0n);
      if (isWanted(bytes)) groups.push(toGroup(members, groupBy, bytes, domainOf));
    }
  }
  return groups.sort((a, b) => compareBytes(a, b) || compareText(a.key, b.key));
}

function membersOf(pairs: Iterable<Pair>, groupBy: readonly GroupField[], domainOf: DomainOf): Iterable<Pair[]> {
  const members = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const key = memberKey(pair, groupBy, domainOf);
    const known = members.get(key);
    if (known) known.push(pair);
    else members.set(key, [pair]);
  }
  return members.values();
}

/** Unique for each group, without decoding addresses; the lengths keep adjacent fields from running together. */
function memberKey(pair: Pair, groupBy: readonly GroupField[], domainOf: DomainOf): string {
  let key = '';
  for (const field of groupBy) {
    const part = field === 'domain' ? domainText(pair, domainOf) : pair[field];
    key += String.fromCharCode(part.length) + part;
  }
  return key;
}

/** An address without a known domain stands for itself. */
function domainText(pair: AddressPair, domainOf: DomainOf): string {
  return domainOf(pair) ?? formatAddress(pair.destination);
}

/** A group's total for each address of a field that is not in its key. */
export function breakDown(group: Group, field: AddressField): Breakdown {
  const totals = new Map<string, bigint>();
  for (const pair of group.pairs) totals.set(pair[field], (totals.get(pair[field]) ?? 0n) + pair.bytes);
  const shares = Array.from(totals, ([key, bytes]) => ({ address: formatAddress(key), bytes }));
  shares.sort((a, b) => compareBytes(a, b) || compareText(a.address, b.address));
  return { count: shares.length, top: shares.slice(0, TOP) };
}

export function nameGroup(pair: AddressPair, groupBy: readonly GroupField[], domainOf: DomainOf): GroupName {
  const show = (field: GroupField) => {
    if (!groupBy.includes(field)) return null;
    return field === 'domain' ? domainText(pair, domainOf) : formatAddress(pair[field]);
  };
  const [source, destination, domain] = [show('source'), show('destination'), show('domain')];
  return { key: [source, destination, domain].filter((part) => part !== null).join(' '), source, destination, domain };
}

function toGroup(pairs: readonly Pair[], groupBy: readonly GroupField[], bytes: bigint, domainOf: DomainOf): Group {
  const cells = pairs.flatMap((pair) => pair.cells);
  return {
    ...nameGroup(pairs[0] as Pair, groupBy, domainOf),
    bytes,
    events: pairs.reduce((sum, pair) => sum + pair.events, 0),
    firstSeen: cells.reduce((oldest, cell) => Math.min(oldest, cell.first), Number.POSITIVE_INFINITY),
    lastSeen: cells.reduce((newest, cell) => Math.max(newest, cell.last), Number.NEGATIVE_INFINITY),
    pairs,
    cells,
  };
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
