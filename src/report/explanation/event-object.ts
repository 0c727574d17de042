import type { ExplainedEvent } from '../../explain/explanation.ts';

/** An event's fields as JSON and CSV name them. */
export function eventObject({ time, source, destination, group, bytes, total, reason, fragment }: ExplainedEvent) {
  const { domain } = group;
  return { time, source, destination, domain, bytes, total, counted: reason === null, reason, fragment };
}
