import prettyBytes from 'pretty-bytes';
import type { Report } from '../../model.ts';
import { plural } from '../../util/text.ts';
import { formatDuration, formatSize, formatTime } from '../../util/units.ts';
import { fact } from './facts.ts';
import { html, type Markup } from './html-tag.ts';

/** Renders what was read and what was looked for. */
export function renderAbout(report: Report): Markup {
  return html`<div class="about">
${renderEvents(report)}
${renderSettings(report)}
</div>`;
}

function renderEvents({ tally }: Report): Markup {
  const { matched, counted, excluded, excludedBytes, unreadable, newest, samples } = tally;
  return html`<section>
<h2>Events</h2>
<dl>
${[
  fact('Matched', number(matched)),
  fact('Counted', number(counted)),
  fact('Excluded', excluded === 0 ? '0' : `${number(excluded)} (${prettyBytes(excludedBytes)})`),
  fact('Unreadable', number(unreadable)),
  ...samples.map((sample) => fact('Example', `"${sample}"`)),
  ...(newest === null ? [] : [fact('Newest', formatTime(newest))]),
]}
</dl>
</section>`;
}

function renderSettings(report: Report): Markup {
  return html`<section>
<h2>Settings</h2>
<dl>
${[
  fact('Rule', report.rule),
  fact('Database', report.database),
  fact('Threshold', `${formatSize(report.thresholdBytes)} (${plural(report.thresholdBytes, 'byte')})`),
  fact('Window', `${formatDuration(report.windowSeconds)} to ${formatTime(report.asOf)}`),
  fact('Grouped by', report.groupBy.join(', ')),
  ...report.policies.map((policy) => fact('Policy', policy)),
]}
</dl>
</section>`;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}
