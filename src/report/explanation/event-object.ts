import type { ExplainedEvent } from '../../explain/explanation.ts';

/** An event's fields as JSON and CSV name them. */
export function eventObject({
  time,
  source,
  destination,
  group,
  ipFacts,
  bytes,
  total,
  reason,
  fragment,
}: ExplainedEvent) {
  const { domain } = group;
  const { as = null, country = null } = ipFacts ?? {};
  const counted = reason === null;
  return { time, source, destination, domain, bytes, total, counted, reason, fragment, as, country };
}
