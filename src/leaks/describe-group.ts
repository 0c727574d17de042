import type { AddressField, Group, GroupFacts, GroupField } from '../model.ts';
import { breakDown } from '../tally/group-pairs.ts';
import type { Timescale } from '../tally/timescale.ts';
import { shapeOf } from './shape.ts';

/**
 * A group as it is shown.
 *
 * @param fqdns the names of its destinations, newest first
 */
export function describeGroup(
  group: Group,
  groupBy: readonly GroupField[],
  fqdns: readonly string[],
  timescale: Timescale,
): GroupFacts {
  const { source, destination, domain, bytes, events, firstSeen, lastSeen } = group;
  const behind = (field: AddressField) => (groupBy.includes(field) ? null : breakDown(group, field));
  return {
    source,
    sources: behind('source'),
    destination,
    destinations: behind('destination'),
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
