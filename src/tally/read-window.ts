import type { Database, Row } from '../db/database.ts';
import type { AddressPair, ExclusionRules, Group, GroupField, GroupName, Pair, Tally } from '../model.ts';
import { type DomainNames, readDomainNames } from '../scrutinizer/domain-names.ts';
import { eventsQuery } from '../scrutinizer/events-query.ts';
import type { Progress } from '../terminal.ts';
import { Exclusions } from './exclusions.ts';
import { type DomainOf, groupPairs, NO_DOMAINS, nameGroup } from './group-pairs.ts';
import { Tallier } from './tallier.ts';
import { Timescale } from './timescale.ts';

export interface WindowQuestion {
  readonly policies: readonly string[];
  readonly windowSeconds: number;
  readonly groupBy: readonly GroupField[];
  readonly exclusions: ExclusionRules;
}

/** The events of one window, added up and grouped. */
export interface Window {
  readonly timescale: Timescale;
  readonly tally: Tally;
  /** Those of the wanted size, largest first. */
  readonly groups: readonly Group[];
  /** Entries of the exclusion lists that matched nothing. */
  readonly unusedExclusions: readonly string[];
  /** The host names of these pairs' destinations. */
  names(pairs: readonly Pair[]): Promise<DomainNames>;
  /** The entry that excludes a pair of the window, as `source 10.0.0.0/8`; null when the pair counts. */
  exclusionOf(pair: AddressPair): string | null;
  /** The group of a pair of the window, also of an excluded one. */
  groupOf(pair: AddressPair): GroupName;
}

/** Sees each row of the events query as it arrives. */
export interface RowObserver {
  observe(row: Row): void;
  /** The pairs whose exclusion and group will be requested once the window is read. */
  pairs(): readonly AddressPair[];
}

export interface WindowContext {
  readonly source: Database;
  readonly showProgress: Progress;
  readonly observer?: RowObserver;
}

/**
 * Reads the window that ends at `asOf` once, removes the excluded pairs, and groups the rest.
 *
 * @param asOf Unix seconds
 * @param isWanted whether a group with this total is needed
 */
export async function readWindow(
  question: WindowQuestion,
  context: WindowContext,
  asOf: number,
  isWanted: (bytes: bigint) => boolean,
): Promise<Window> {
  const { source, observer } = context;
  const timescale = new Timescale(asOf - question.windowSeconds, asOf);
  const { from, to } = timescale;
  const tallier = await tallyEvents(question.policies, context, timescale);
  const exclusions = new Exclusions(question.exclusions);
  const all = tallier.pairs();
  const [excludedByAddress, rest] = exclusions.hasRanges
    ? partition(all, (pair) => exclusions.isExcludedByAddress(pair))
    : [[], all];
  const readNames = (pairs: readonly AddressPair[]) =>
    readDomainNames(source, pairs, from, to, exclusions.isUnderSuffix);
  const byDomain = question.groupBy.includes('domain');
  // Without domains, only the few pairs that are shown need names; they are read later.
  const names = byDomain || exclusions.hasDomains ? await readNames([...rest, ...(observer?.pairs() ?? [])]) : null;
  const [excludedByName, counted] = names ? partition(rest, (pair) => names.isExcluded(pair)) : [[], rest];
  const domainOf = byDomain && names ? await registrableDomains(names) : NO_DOMAINS;
  const nameExclusion = (pair: AddressPair) =>
    names?.isExcluded(pair) ? exclusions.domainExclusion(names.of([pair])) : null;
  return {
    timescale,
    tally: tallier.counts([...excludedByAddress, ...excludedByName]),
    groups: groupPairs(counted, question.groupBy, isWanted, domainOf),
    unusedExclusions: exclusions.unused(),
    names: async (pairs) => names ?? readNames(pairs),
    exclusionOf: (pair) => exclusions.addressExclusion(pair) ?? nameExclusion(pair),
    groupOf: (pair) => nameGroup(pair, question.groupBy, domainOf),
  };
}

async function tallyEvents(
  policies: readonly string[],
  { source, showProgress, observer }: WindowContext,
  timescale: Timescale,
): Promise<Tallier> {
  const tallier = new Tallier(timescale);
  const query = eventsQuery(source, { policies, from: timescale.from, to: timescale.to });
  const addObserved = (row: Row) => {
    tallier.add(row);
    observer?.observe(row);
  };
  const describe = () => `reading events: ${tallier.matched.toLocaleString('en-US')}`;
  await showProgress(describe, () => source.stream(query, observer ? addObserved : tallier.add));
  return tallier;
}

/** Loads the public suffix list only when domains are needed, since it is large. */
async function registrableDomains(names: DomainNames): Promise<DomainOf> {
  const { registrableDomain } = await import('./registrable-domain.ts');
  return (pair) => registrableDomain(names.newest(pair));
}

function partition<T>(items: Iterable<T>, matches: (item: T) => boolean): [matching: T[], others: T[]] {
  const [matching, others]: [T[], T[]] = [[], []];
  for (const item of items) (matches(item) ? matching : others).push(item);
  return [matching, others];
}
