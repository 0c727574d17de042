import type { AddressKey, Breakdown, Group, GroupField, Pair } from '../model.ts';
import { compareBytes, GROUP_FIELDS } from '../model.ts';
import { formatAddress } from './address.ts';

const TOP = 5;

/** Puts the pairs that share the group-by fields together and keeps the groups that `wanted` accepts, largest first. */
export function groupPairs(
  pairs: readonly Pair[],
  groupBy: readonly GroupField[],
  wanted: (bytes: bigint, key: () => string) => boolean,
): Group[] {
  const groups: Group[] = [];
  for (const group of membersOf(pairs, groupBy)) {
    const bytes = group.reduce((sum, pair) => sum + pair.bytes, 0n);
    if (wanted(bytes, () => groupKey(group[0] as Pair, groupBy))) groups.push(toGroup(group, groupBy, bytes));
  }
  return groups.sort((a, b) => compareBytes(a, b) || compareText(a.key, b.key));
}

function membersOf(pairs: readonly Pair[], groupBy: readonly GroupField[]): Iterable<readonly Pair[]> {
  const [field] = groupBy;
  // With every field in the key, each pair is a group of its own.
  if (field === undefined || groupBy.length === GROUP_FIELDS.length) return pairs.map((pair) => [pair]);
  const members = new Map<AddressKey, Pair[]>();
  for (const pair of pairs) {
    const known = members.get(pair[field]);
    if (known) known.push(pair);
    else members.set(pair[field], [pair]);
  }
  return members.values();
}

/** Adds up a group per address of a field that is not in its key. */
export function breakDown(group: Group, field: GroupField): Breakdown {
  const totals = new Map<AddressKey, bigint>();
  for (const pair of group.pairs) totals.set(pair[field], (totals.get(pair[field]) ?? 0n) + pair.bytes);
  const shares = Array.from(totals, ([key, bytes]) => ({ address: formatAddress(key), bytes }));
  shares.sort((a, b) => compareBytes(a, b) || compareText(a.address, b.address));
  return { count: shares.length, top: shares.slice(0, TOP) };
}

function toGroup(pairs: readonly Pair[], groupBy: readonly GroupField[], bytes: bigint): Group {
  const first = pairs[0] as Pair;
  const show = (field: GroupField) => (groupBy.includes(field) ? formatAddress(first[field]) : null);
  return {
    key: groupKey(first, groupBy),
    source: show('source'),
    destination: show('destination'),
    bytes,
    events: pairs.reduce((sum, pair) => sum + pair.events, 0),
    firstSeen: pairs.reduce((oldest, pair) => Math.min(oldest, pair.firstSeen), first.firstSeen),
    lastSeen: pairs.reduce((newest, pair) => Math.max(newest, pair.lastSeen), first.lastSeen),
    pairs,
  };
}

function groupKey(pair: Pair, groupBy: readonly GroupField[]): string {
  return groupBy.map((field) => formatAddress(pair[field])).join(' ');
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
