import { toleratedAge } from '../../leaks/staleness.ts';
import type { Report } from '../../model.ts';
import { formatRoughly, formatTime } from '../../util/units.ts';
import { html, type Markup } from './html-tag.ts';

/**
 * Says whether no leak is good news: without data there is none either.
 *
 * @param newestOfAny epoch of the newest event of any policy; null when none is known
 */
export function renderLiveness({ tally, asOf, windowSeconds, policies }: Report, newestOfAny: number | null): Markup {
  const noun = policies.length === 1 ? 'the policy' : 'these policies';
  const none =
    tally.matched > 0 ? '' : ` No event in the window is of ${noun} ${quoteAll(policies)}: was a report renamed?`;
  const newest = Math.max(newestOfAny ?? 0, tally.newest ?? 0);
  return html`<p class="liveness">${describeNewest(newest, asOf, windowSeconds)}${none}</p>`;
}

/** @param newest Unix seconds; 0 when nothing is known */
function describeNewest(newest: number, asOf: number, windowSeconds: number): string {
  if (newest === 0) return 'No event of any kind is known, so this page proves nothing: is the collector running?';
  const age = Math.max(0, asOf - newest);
  const gap = age < 60 ? `${age} s` : formatRoughly(age);
  const when = `the newest event is from ${formatTime(newest)}, ${gap} before the end of the window`;
  if (age <= toleratedAge(windowSeconds)) return `The data is alive: ${when}.`;
  return `The data may have stopped: ${when}. A leak since then would not be seen; is the collector running?`;
}

/** Lists the policies in quotes. */
export function quoteAll(policies: readonly string[]): string {
  return policies.map((policy) => `"${policy}"`).join(' or ');
}
