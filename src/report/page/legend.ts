import type { Report } from '../../model.ts';
import { formatDuration, formatSize } from '../../util/units.ts';
import { factOf } from './facts.ts';
import { html, type Markup } from './html-tag.ts';
import { quoteAll } from './liveness.ts';
import { stepText } from './timeline.ts';

const STATUSES = [
  ['new', 'was not alerted before'],
  ['grown', 'was alerted before, and is much larger since'],
  ['repeat', 'was alerted some time ago, and goes on'],
  ['known', 'was alerted before, and needs no new alert'],
] as const;

/** Says in one sentence what a leak is, for a reader who never saw the tool. */
export function describeLeak({ groupBy, thresholdBytes, hasOwnThresholds, windowSeconds, policies }: Report): string {
  const from = groupBy.includes('source') ? 'one source' : 'all sources';
  const fields = groupBy.filter((name) => name !== 'source').map((name) => (name === 'as' ? 'AS' : name));
  const to = fields.length === 0 ? 'all destinations' : `one ${fields.join(' and ')}`;
  const own = hasOwnThresholds ? ', or a threshold of its own,' : '';
  const events = policies.length === 1 ? 'events of the policy' : 'events of the policies';
  return `A leak is more than ${formatSize(thresholdBytes)}${own} from ${from} to ${to} within ${formatDuration(windowSeconds)}, added up from ${events} ${quoteAll(policies)}, each of which may be small.`;
}

/** Explains the statuses and the drawings. */
export function renderLegend({ windowSeconds, watched }: Report): Markup {
  const watch = watched ? [['watch', 'is near the threshold, and is never alerted'] as const] : [];
  return html`<section class="legend">
<h2>Legend</h2>
<dl>
${[...STATUSES, ...watch].map(([status, meaning]) => factOf(html`<span class="status ${status}">${status}</span>`, html`${meaning}`))}
</dl>
<p>Each bar is the bytes of ${stepText(windowSeconds)}. Each drawing has a scale of its own: its highest bar is its own peak. The dashed line marks when the total passed the threshold.</p>
</section>`;
}
