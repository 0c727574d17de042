import { sharedFacts } from '../leaks/describe-group.ts';
import type { AddressKey, Breakdown, GroupField, GroupName } from '../model.ts';
import { breakDown } from '../tally/group-pairs.ts';
import type { IpDatabases } from '../tally/ip-database.ts';
import { addressKey, parseAddress } from '../util/address.ts';
import { type AutonomousSystem, type IpFacts, parseAsNumber } from '../util/autonomous-system.ts';

/** Where the events of an explained group went. */
export interface ExplainedDestinations {
  /** What all destinations share. */
  readonly ipFacts: IpFacts;
  /** Null when the destination is in the group key. */
  readonly destinations: Breakdown | null;
}

export function describeDestinations(
  { as, byDestination }: Pick<GroupName, 'as'> & { readonly byDestination: ReadonlyMap<AddressKey, bigint> },
  groupBy: readonly GroupField[],
  ipDatabases: IpDatabases,
): ExplainedDestinations {
  const all = Array.from(byDestination, ([destination, bytes]) => ({ source: '', destination, bytes }));
  const counted = all.filter(({ bytes }) => bytes > 0n);
  const pairs = counted.length > 0 ? counted : all;
  const { as: shared, country } = sharedFacts(pairs, ipDatabases);
  return {
    ipFacts: { as: shared ?? namedAs(as), country },
    destinations: groupBy.includes('destination') ? null : breakDown({ pairs }, 'destination', ipDatabases.factsOf),
  };
}

/** The address in a group's name, also where it stands for an AS that is not known; null when there is none. */
export function namedDestination({ destination, as }: GroupName): AddressKey | null {
  const text = destination ?? as;
  return text === null || namedAs(text) ? null : addressKey(parseAddress(text));
}

/** Of a group without events, which only the state knows. */
function namedAs(text: string | null): AutonomousSystem | null {
  const number = text === null ? null : parseAsNumber(text);
  return number === null ? null : { number, organization: null };
}
