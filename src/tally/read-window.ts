import type { Database, Row } from '../db/database.ts';
import type { Ends, ExclusionRules, Group, GroupField, GroupName, Pair, Tally } from '../model.ts';
import { type DomainNames, readDomainNames } from '../scrutinizer/domain-names.ts';
import { eventsQuery } from '../scrutinizer/events-query.ts';
import type { Progress } from '../terminal.ts';
import { Exclusions } from './exclusions.ts';
import { type DomainOf, groupPairs, NO_DOMAINS, nameGroup } from './group-pairs.ts';
import { Tallier } from './tallier.ts';
import { Timescale } from './timescale.ts';

/** What is to be added up. */
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
  /** Entries of the exclusion lists that nothing fell under. */
  readonly unusedExclusions: readonly string[];
  /** The names of these pairs' destinations. */
  names(pairs: readonly Pair[]): Promise<DomainNames>;
  /** The entry of the exclusion lists by which a pair of the window does not count; null when it does. */
  exclusionOf(pair: Ends): string | null;
  /** The group that a pair of the window belongs to, were it counted. */
  groupOf(pair: Ends): GroupName;
}

/** Somebody else who looks at each row of the events query while it streams. */
export interface Witness {
  see(row: Row): void;
  /** Those seen of which it is asked afterwards whether they count and to which group they belong. */
  pairs(): readonly Ends[];
}

export interface WindowContext {
  readonly source: Database;
  readonly showProgress: Progress;
  readonly witness?: Witness;
}

/** Reads the window that ends at `asOf` (Unix seconds) once, leaves out what does not count, and groups the rest. */
export async function readWindow(
  question: WindowQuestion,
  { source, showProgress, witness }: WindowContext,
  asOf: number,
  isWanted: (bytes: bigint) => boolean,
): Promise<Window> {
  const timescale = new Timescale(asOf - question.windowSeconds, asOf);
  const { from, to } = timescale;
  const tallier = new Tallier(timescale);
  const query = eventsQuery(source, { policies: question.policies, from, to });
  const progress = () => `reading events: ${tallier.matched.toLocaleString('en-US')}`;
  const onRow = (row: Row) => {
    tallier.add(row);
    witness?.see(row);
  };
  await showProgress(progress, () => source.stream(query, witness ? onRow : tallier.add));

  const exclusions = new Exclusions(question.exclusions);
  const all = tallier.pairs();
  const [left, rest] = exclusions.hasRanges ? split(all, (pair) => exclusions.isExcludedByAddress(pair)) : [[], all];
  const namesOf = (pairs: readonly Ends[]) => readDomainNames(source, pairs, from, to, exclusions.isUnderSuffix);
  const byDomain = question.groupBy.includes('domain');
  // Otherwise only what is shown needs its names.
  const names = byDomain || exclusions.hasDomains ? await namesOf([...rest, ...(witness?.pairs() ?? [])]) : null;
  const [leftByName, kept] = names ? split(rest, (pair) => names.isExcluded(pair)) : [[], rest];
  const domains = byDomain && names ? await domainOf(names) : NO_DOMAINS;
  const byName = (pair: Ends) => (names?.isExcluded(pair) ? exclusions.domainEntry(names.of([pair])) : null);
  return {
    timescale,
    tally: tallier.counts([...left, ...leftByName]),
    groups: groupPairs(kept, question.groupBy, isWanted, domains),
    unusedExclusions: exclusions.unused(),
    names: async (pairs) => names ?? namesOf(pairs),
    exclusionOf: (pair) => exclusions.addressEntry(pair) ?? byName(pair),
    groupOf: (pair) => nameGroup(pair, question.groupBy, domains),
  };
}

/** The public suffix list is large, and only this needs it. */
async function domainOf(names: DomainNames): Promise<DomainOf> {
  const { registrableDomain } = await import('./registrable-domain.ts');
  return (pair) => registrableDomain(names.newest(pair));
}

function split<T>(items: Iterable<T>, isFirst: (item: T) => boolean): [first: T[], second: T[]] {
  const [first, second]: [T[], T[]] = [[], []];
  for (const item of items) (isFirst(item) ? first : second).push(item);
  return [first, second];
}
