import type { Database, Row } from '../db/database.ts';
import type { AddressPair, ExclusionRules, Group, GroupField, GroupName, Pair, Tally } from '../model.ts';
import { type DomainNames, readDomainNames, tryReadDomainNames } from '../scrutinizer/domain-names.ts';
import { eventsQuery } from '../scrutinizer/events-query.ts';
import type { Progress } from '../terminal.ts';
import { formatAddress } from '../util/address.ts';
import { CellGrid } from './cell-grid.ts';
import { Exclusions } from './exclusions.ts';
import { groupPairs, NO_DOMAINS, nameGroup } from './group-pairs.ts';
import type { IpDatabases } from './ip-database.ts';
import type { Looks } from './looks.ts';
import { type OpenGroups, readDomains } from './read-domains.ts';
import { Tallier } from './tallier.ts';

export interface WindowQuestion {
  readonly policies: readonly string[];
  readonly windowSeconds: number;
  readonly groupBy: readonly GroupField[];
  readonly exclusions: ExclusionRules;
}

/** The events of all looks' windows, added up and grouped. */
export interface Window {
  /** The events of the last look's window. */
  readonly tally: Tally;
  /** Those of the wanted size, largest first. */
  readonly groups: readonly Group[];
  /** Entries of the exclusion lists that matched nothing. */
  readonly unusedExclusions: readonly string[];
  /** Why exclusions and domains could not be decided by names; null when they could, or when there are none. */
  readonly undecided: string | null;
  /** The host names of these pairs' destinations. */
  names(pairs: readonly AddressPair[]): Promise<DomainNames>;
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
  readonly ipDatabases: IpDatabases;
  readonly observer?: RowObserver;
  /** Keeps the domains that have an open episode; null where no state is known. */
  readonly open: OpenGroups | null;
  /** Time to look up names from now on, after which the window is as if there were none; without it, a failure is an error. */
  readonly namesSeconds?: () => number;
}

/**
 * Reads the windows of all looks in one scan, removes the excluded pairs, and groups the rest.
 *
 * @param isWanted whether a group with this total over all windows is needed
 */
export async function readWindow(
  question: WindowQuestion,
  context: WindowContext,
  looks: Looks,
  isWanted: (bytes: bigint) => boolean,
): Promise<Window> {
  const { source, observer } = context;
  const { windowSeconds, groupBy } = question;
  const { asOf } = context.ipDatabases;
  const from = looks.first - windowSeconds;
  const tallier = await tallyEvents(question, context, looks);
  const exclusions = new Exclusions(question.exclusions, asOf);
  const all = tallier.pairs();
  const [excludedByAddress, rest] = exclusions.hasAddresses
    ? partition(all, (pair) => exclusions.isExcludedByAddress(pair))
    : [[], all];
  const readNames = (pairs: readonly AddressPair[], since = from - windowSeconds) =>
    context.namesSeconds === undefined
      ? readDomainNames(source, pairs, since, exclusions.isUnderSuffix)
      : tryReadDomainNames(source, pairs, since, exclusions.isUnderSuffix, context.namesSeconds());
  const byDomain = groupBy.includes('domain');
  // Without domains, only the few pairs that are shown need names; they are read later.
  const named = byDomain || exclusions.hasDomains ? [...rest, ...(observer?.pairs() ?? [])] : null;
  const names = named && (await readNames(named));
  let undecided = names?.failure ?? null;
  const [excludedByName, others] = names ? partition(rest, (pair) => names.isExcluded(pair)) : [[], rest];
  const readOlderNames = async (pairs: readonly AddressPair[]) => {
    const older = await readNames(pairs, 0);
    undecided ??= older.failure;
    return older;
  };
  const domainOf =
    byDomain && names ? await readDomains(names, named, groupBy, context.open, readOlderNames, asOf) : NO_DOMAINS;
  const facts = { domainOf, asOf };
  const counted = undecided === null || !byDomain ? others : withoutOpenDomains(others, names, context.open);
  const nameExclusion = (pair: AddressPair) =>
    names?.isExcluded(pair) ? exclusions.domainExclusion(names.ofPair(pair)) : null;
  return {
    tally: tallier.counts([...excludedByAddress, ...excludedByName]),
    groups: groupPairs(counted, groupBy, isWanted, facts),
    unusedExclusions: exclusions.unused(),
    undecided,
    names: async (pairs) => names ?? readNames(pairs),
    exclusionOf: (pair) => exclusions.addressExclusion(pair) ?? nameExclusion(pair),
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
