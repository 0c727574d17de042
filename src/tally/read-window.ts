import type { Row } from '../db/database.ts';
import type { AddressPair, Group, GroupField, GroupName, Pair, Tally } from '../model.ts';
import type { ExceptionRules, Exclusion, Threshold } from '../options/exceptions.ts';
import type { DomainNames } from '../scrutinizer/domain-names.ts';
import { eventsQuery } from '../scrutinizer/events-query.ts';
import type { Progress } from '../terminal.ts';
import { formatAddress } from '../util/address.ts';
import type { Steps } from '../util/steps.ts';
import { CellGrid } from './cell-grid.ts';
import { Exceptions } from './exceptions.ts';
import { groupPairs, nameGroup } from './group-pairs.ts';
import type { Looks } from './looks.ts';
import { type NamesContext, namePairs, readNames } from './name-pairs.ts';
import { PairRules } from './pair-rules.ts';
import type { OpenGroups } from './read-domains.ts';
import { Tallier } from './tallier.ts';

export interface WindowQuestion {
  readonly policies: readonly string[];
  readonly windowSeconds: number;
  readonly groupBy: readonly GroupField[];
  readonly exceptions: ExceptionRules;
}

/** The events of all looks' windows, added up and grouped. */
export interface Window {
  /** The events of the last look's window. */
  readonly tally: Tally;
  /** Those of the wanted size, largest first. */
  readonly groups: readonly Group[];
  /** Exceptions that hold and that nothing matched. */
  readonly unusedExceptions: readonly string[];
  /** Why exceptions and domains could not be decided by names; null when they could, or when there are none. */
  readonly undecided: string | null;
  /** The host names of these pairs' destinations. */
  names(pairs: readonly AddressPair[]): Promise<DomainNames>;
  /** What leaves out a pair of the last window; null when the pair counts. */
  exclusionOf(pair: AddressPair): Exclusion | null;
  /** The thresholds of one of the groups as time goes on, given the common one (bytes). */
  thresholdsOf(group: Group, common: number): Steps<Threshold>;
  /** The group of a pair of the window, also of an excluded one. */
  groupOf(pair: AddressPair): GroupName;
}

/** Sees each row of the events query as it arrives. */
export interface RowObserver {
  observe(row: Row): void;
  /** The pairs whose exception and group will be requested once the window is read. */
  pairs(): readonly AddressPair[];
}

export interface WindowContext extends NamesContext {
  readonly showProgress: Progress;
  readonly observer?: RowObserver;
}

/**
 * Tells whether a group is needed.
 *
 * @param bytes its total over all windows
 * @param ownThreshold the smallest threshold of its own that it may have at a look; null when it has none
 */
export type IsWanted = (bytes: bigint, ownThreshold: number | null) => boolean;

/** Reads the windows of all looks in one scan, removes the pairs that are left out, and groups the rest. */
export async function readWindow(
  question: WindowQuestion,
  context: WindowContext,
  looks: Looks,
  isWanted: IsWanted,
): Promise<Window> {
  const { observer } = context;
  const { asOf } = context.ipDatabases;
  const { windowSeconds, groupBy } = question;
  const tallier = await tallyEvents(question, context, looks);
  const exceptions = new Exceptions(question.exceptions, looks, asOf);
  const all = tallier.pairs();
  const [leftOut, rest] = exceptions.isEmpty
    ? [[], all]
    : partition(all, (pair) => exceptions.ruleOnPair(pair).countsFrom > looks.now);
  const namesSince = looks.first - 2 * windowSeconds;
  const pairsToName = () => [...rest, ...(observer?.pairs() ?? [])];
  const { names, domainOf, failure } = await namePairs(pairsToName, exceptions, groupBy, context, namesSince);
  const facts = { domainOf, asOf };
  const rules = new PairRules(exceptions, names, looks, windowSeconds);
  const [leftOutByName, others] = names ? partition(rest, rules.isLeftOutByName) : [[], rest];
  const isUndecided = failure !== null && groupBy.includes('domain');
  const decided = isUndecided ? withoutOpenDomains(others, names, context.open) : others;
  const counted = exceptions.isEmpty || looks.count === 1 ? decided : rules.countFromTheirTime(decided);
  return {
    tally: tallier.counts([...leftOut, ...leftOutByName]),
    groups: groupPairs(counted, groupBy, (bytes, pairs) => isWanted(bytes, rules.leastThreshold(pairs)), facts),
    unusedExceptions: exceptions.unused(),
    undecided: failure,
    names: async (pairs) => names ?? readNames(pairs, exceptions, context, namesSince),
    exclusionOf: (pair) => rules.exclusionOf(pair),
    thresholdsOf: (group, common) => rules.thresholdsOf(group, common),
    groupOf: (pair) => nameGroup(pair, groupBy, facts),
  };
}

async function tallyEvents(
  { policies, windowSeconds }: WindowQuestion,
  { source, showProgress, observer }: WindowContext,
  looks: Looks,
): Promise<Tallier> {
  const tallier = new Tallier(new CellGrid(looks, windowSeconds), looks.now - windowSeconds);
  const query = eventsQuery(source, { policies, from: looks.first - windowSeconds, to: looks.now });
  const addObserved = (row: Row) => {
    tallier.add(row);
    observer?.observe(row);
  };
  const describe = () => `reading events: ${tallier.matched.toLocaleString('en-US')}`;
  await showProgress(describe, () => source.stream(query, observer ? addObserved : tallier.add));
  return tallier;
}

/** Leaves out pairs that would be alerted as addresses although they may belong to a domain with an open episode. */
function withoutOpenDomains(pairs: Iterable<Pair>, names: DomainNames | null, open: OpenGroups | null): Iterable<Pair> {
  if (!open) return pairs;
  const isNamed = (pair: Pair) => (names?.ofPair(pair).length ?? 0) > 0;
  return [...pairs].filter((pair) => isNamed(pair) || !open.includesDomainOf(formatAddress(pair.source)));
}

function partition<T>(items: Iterable<T>, matches: (item: T) => boolean): [matching: T[], others: T[]] {
  const [matching, others]: [T[], T[]] = [[], []];
  for (const item of items) (matches(item) ? matching : others).push(item);
  return [matching, others];
}
