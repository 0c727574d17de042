import type { AddressField, Group, GroupFacts, GroupField } from '../model.ts';
import { breakDown } from '../tally/group-pairs.ts';
import type { Timescale } from '../tally/timescale.ts';
import { shapeOf } from './shape.ts';

/**
 * Collects what is shown of a group.
 *
 * @param fqdns host names of its destinations, newest first
 */
export function describeGroup(
  group: Group,
  groupBy: readonly GroupField[],
  fqdns: readonly string[],
  timescale: Timescale,
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
    ...shapeOf(group.cells, timescale),
    fqdns,
    asOf: timescale.to,
  };
}
