import type { AddressField, AddressPair, Group, GroupFacts, GroupField, KnownNames } from '../model.ts';
import { breakDown } from '../tally/group-pairs.ts';
import type { IpDatabases } from '../tally/ip-database.ts';
import { Timescale } from '../tally/timescale.ts';
import type { IpFacts } from '../util/autonomous-system.ts';
import { shapeOf } from './shape.ts';

/**
 * A group as it is shown, over the window that ends at this time.
 *
 * @param group within that window
 * @param names those of its destinations
 * @param asOf Unix seconds
 */
export function describeGroup(
  group: Group,
  groupBy: readonly GroupField[],
  names: KnownNames,
  asOf: number,
  windowSeconds: number,
  ipDatabases: IpDatabases,
): GroupFacts {
  const { source, destination, domain, bytes, events, firstSeen, lastSeen } = group;
  const breakdownOf = (field: AddressField) =>
    groupBy.includes(field) ? null : breakDown(group, field, ipDatabases.factsOf);
  return {
    source,
    sources: breakdownOf('source'),
    destination,
    destinations: breakdownOf('destination'),
    domain,
    bytes,
    events,
    firstSeen,
    lastSeen,
    ...shapeOf(group.cells, new Timescale(asOf - windowSeconds, asOf)),
    ...names,
    ...sharedFacts(group.pairs, ipDatabases),
    asOf,
  };
}

/** The AS and the country that all destinations of these pairs share; each null when they differ or are not known. */
export function sharedFacts(
  pairs: readonly Pick<AddressPair, 'destination'>[],
  { files, asOf, countryOf }: IpDatabases,
): IpFacts {
  const [first] = pairs;
  if (files.length === 0 || !first) return { as: null, country: null };
  const as = asOf(first.destination);
  const country = countryOf(first.destination);
  return {
    as: pairs.every(({ destination }) => asOf(destination)?.number === as?.number) ? as : null,
    country: pairs.every(({ destination }) => countryOf(destination) === country) ? country : null,
  };
}
