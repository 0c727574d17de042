import type { Database } from '../db/database.ts';
import type { AddressPair, GroupField } from '../model.ts';
import { type DomainNames, readDomainNames, tryReadDomainNames } from '../scrutinizer/domain-names.ts';
import type { Exceptions } from './exceptions.ts';
import { type DomainOf, NO_DOMAINS } from './group-pairs.ts';
import type { IpDatabases } from './ip-database.ts';
import { type OpenGroups, readDomains } from './read-domains.ts';

export interface NamesContext {
  readonly source: Database;
  readonly ipDatabases: IpDatabases;
  /** Keeps the domains that have an open episode; null where no state is known. */
  readonly open: OpenGroups | null;
  /** Time to look up names from now on, after which the window is as if there were none; without it, a failure is an error. */
  readonly namesSeconds?: () => number;
}

/** The host names that exceptions and domains are decided by. */
interface NamedPairs {
  /** Null when nothing depends on names. */
  readonly names: DomainNames | null;
  readonly domainOf: DomainOf;
  /** Why they could not be read; null when they could, or need not be. */
  readonly failure: string | null;
}

/** @returns the names of the pairs seen from this time (Unix seconds) on */
export function readNames(
  pairs: readonly AddressPair[],
  exceptions: Exceptions,
  { source, namesSeconds }: NamesContext,
  since: number,
): Promise<DomainNames> {
  return namesSeconds === undefined
    ? readDomainNames(source, pairs, since, exceptions)
    : tryReadDomainNames(source, pairs, since, exceptions, namesSeconds());
}

/**
 * Reads the names of all pairs where exceptions or groups depend on them. Otherwise only the few pairs that are shown
 * need names; they are read later.
 */
export async function namePairs(
  pairs: () => readonly AddressPair[],
  exceptions: Exceptions,
  groupBy: readonly GroupField[],
  context: NamesContext,
  since: number,
): Promise<NamedPairs> {
  const byDomain = groupBy.includes('domain');
  if (!byDomain && !exceptions.hasDomains) return { names: null, domainOf: NO_DOMAINS, failure: null };
  const named = pairs();
  const names = await readNames(named, exceptions, context, since);
  let { failure } = names;
  const readOlderNames = async (nameless: readonly AddressPair[]) => {
    const older = await readNames(nameless, exceptions, context, 0);
    failure ??= older.failure;
    return older;
  };
  const domainOf = byDomain
    ? await readDomains(names, named, groupBy, context.open, readOlderNames, context.ipDatabases.asOf)
    : NO_DOMAINS;
  return { names, domainOf, failure };
}
