/** What the collector holds, and sums over it in as few words as possible. Times are Unix seconds. */

import type { GroupField } from '../../../src/model.ts';
import { isLeftOut, type Line, type Traits } from './exceptions.ts';

/** What the IP database of the histories holds: two addresses of one AS, one of another, and others of none. */
export const SYSTEMS: Readonly<Record<string, number>> = {
  '203.0.113.9': 64_496,
  '198.51.100.7': 64_496,
  '192.0.2.1': 64_511,
};

/** A row of the events table as the oracle sees it. */
export interface Row {
  /** Counts the rows as they are written. */
  readonly id: number;
  readonly epoch: number;
  readonly source: string;
  readonly destination: string;
  /** Null: the message holds no readable count. */
  readonly bytes: bigint | null;
  readonly policy: string;
}

/** A row of the table of names, which keeps the newest time only. */
export interface KnownName {
  readonly source: string;
  readonly destination: string;
  readonly fqdn: string;
  readonly lastSeen: number;
}

export interface World {
  readonly rows: readonly Row[];
  readonly names: readonly KnownName[];
}

/** What sections 2, 3 and 5 of the contract are told. */
export interface Terms {
  readonly policies: readonly string[];
  readonly groupBy: readonly GroupField[];
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly realertGrowth: number;
  readonly realertAfterSeconds: number;
  /** Those of the options first. */
  readonly lines: readonly Line[];
  readonly catchUp: boolean;
}

/** A group at one time, added up from the list of its rows. */
export interface Fact {
  readonly asOf: number;
  readonly bytes: bigint;
  readonly events: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

export function inWindow({ epoch, policy }: Row, asOf: number, { windowSeconds, policies }: Terms): boolean {
  return policies.includes(policy) && asOf - windowSeconds <= epoch && epoch <= asOf;
}

/** Whether the window has events, all of them of an unknown source. */
export function lacksSources({ rows }: World, asOf: number, terms: Terms): boolean {
  const matched = rows.filter((row) => inWindow(row, asOf, terms));
  return matched.length > 0 && matched.every(({ source }) => source === 'unknown');
}

/** @param rows of one group */
export function addUp(rows: readonly Row[], asOf: number, terms: Terms): Fact {
  const counted = rows.filter((row) => row.bytes !== null && inWindow(row, asOf, terms));
  const epochs = counted.map(({ epoch }) => epoch);
  return {
    asOf,
    bytes: counted.reduce((sum, { bytes }) => sum + (bytes ?? 0n), 0n),
    events: counted.length,
    firstSeen: Math.min(...epochs),
    lastSeen: Math.max(0, ...epochs),
  };
}

type Pair = Pick<Row, 'source' | 'destination'>;

/** What is decided of a pair once a run. */
export interface Grouping {
  groupOf(pair: Pair): string;
  /** What exceptions are compared with. */
  traitsOf(pair: Pair): Traits;
  /** What thresholds are compared with: also the old names that a domain is kept by. */
  thresholdTraitsOf(pair: Pair): Traits;
  isLeftOut(pair: Pair, look: number): boolean;
}

/**
 * @param firstLook of the run
 * @param openedAt when the groups with an open episode were opened
 */
export function grouping(
  { names }: World,
  firstLook: number,
  openedAt: ReadonlyMap<string, number>,
  { groupBy, windowSeconds, lines }: Terms,
): Grouping {
  const namesOf = ({ source, destination }: Pair, from: number) =>
    names
      .filter((name) => name.source === source && name.destination === destination && name.lastSeen >= from)
      .sort((a, b) => b.lastSeen - a.lastSeen)
      .map(({ fqdn }) => fqdn);
  const keyOf = (row: Pair, domain: string) =>
    groupBy
      .map((field) => {
        if (field === 'domain') return domain;
        return field === 'as' ? (systemOf(row) ?? row.destination) : row[field];
      })
      .join(' ');
  const openSources = new Set([...openedAt.keys()].map((key) => key.split(' ')[0]));
  const recentOf = (pair: Pair) => namesOf(pair, firstLook - 2 * windowSeconds);
  const traits = new Map<string, Traits>();
  const traitsOf = ({ source, destination }: Pair) => {
    const key = `${source} ${destination}`;
    const as = `${SYSTEMS[destination]}`;
    const known = traits.get(key) ?? { source, destination, fqdns: recentOf({ source, destination }), as };
    traits.set(key, known);
    return known;
  };
  const keepsOld = ({ source }: Pair) => openedAt.size > 0 && (groupBy[0] !== 'source' || openSources.has(source));
  const keptOf = (pair: Pair) => {
    const recent = recentOf(pair);
    return recent.length === 0 && keepsOld(pair) ? namesOf(pair, 0) : recent;
  };
  return {
    traitsOf,
    thresholdTraitsOf: (pair) =>
      lines.length > 0 && groupBy.includes('domain') ? { ...traitsOf(pair), fqdns: keptOf(pair) } : traitsOf(pair),
    isLeftOut: (pair, look) => lines.length > 0 && isLeftOut(lines, traitsOf(pair), look),
    groupOf(pair) {
      // All names of the histories are registered right below a top-level domain.
      const domains = keptOf(pair).map((fqdn) => fqdn.split('.').slice(-2).join('.'));
      const opened = domains.map((domain) => openedAt.get(keyOf(pair, domain)) ?? -1);
      const newest = Math.max(-1, ...opened);
      return keyOf(pair, domains[newest < 0 ? 0 : opened.indexOf(newest)] ?? pair.destination);
    },
  };
}

function systemOf({ destination }: Pick<Row, 'destination'>): string | null {
  const number = SYSTEMS[destination];
  return number === undefined ? null : `AS${number}`;
}
