import type { AddressField, Group, GroupFacts, GroupField, KnownNames } from '../model.ts';
import { breakDown } from '../tally/group-pairs.ts';
import { Timescale } from '../tally/timescale.ts';
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
): GroupFacts {
  const { source, destination, domain, bytes, events, firstSeen, lastSeen } = group;
  const breakdownOf = (field: AddressField) => (groupBy.includes(field) ? null : breakDown(group, field));
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
    asOf,
  };
}
