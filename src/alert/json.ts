import { leakObject, toJson } from '../leaks/leak-object.ts';
import type { Breakdown, Leak } from '../model.ts';
import { type AlertContext, fitNames, fits } from './alert-fields.ts';

/**
 * Formats the alert as one line of JSON: the leak as in the report, with the report's settings. Names that do not fit
 * are left out, oldest first, and counted; then the smallest addresses of a field outside the group key.
 */
export function alertJson(leak: Leak, { rule, windowSeconds, alertId }: AlertContext): string {
  const render = (shares: number) => (names: readonly string[], omitted: number) => {
    const [sources, destinations] = [largest(leak.sources, shares), largest(leak.destinations, shares)];
    const shown = leakObject({ ...leak, sources, destinations, fqdns: names }, { alertId });
    return toJson({ ...shown, fqdnsOmitted: omitted, rule, windowSeconds, asOf: leak.asOf });
  };
  let shares = Math.max(leak.sources?.top.length ?? 0, leak.destinations?.top.length ?? 0);
  while (shares > 0 && !fits(render(shares)([], leak.fqdns.length))) shares--;
  return fitNames(leak.fqdns, render(shares));
}

function largest(breakdown: Breakdown | null, shares: number): Breakdown | null {
  return breakdown && { ...breakdown, top: breakdown.top.slice(0, shares) };
}
