import prettyBytes from 'pretty-bytes';
import type { Report } from '../../model.ts';
import { plural } from '../../util/text.ts';
import { formatDuration, formatTime } from '../../util/units.ts';
import { aboveText, alertSummary, describeEntry } from '../words.ts';
import { html, Markup } from './html-tag.ts';
import { fact, renderLeaks } from './leaks.ts';
import { STYLE } from './style.ts';

/** Backs up the escaping: the page can run, load and send nothing. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const DRY_RUN = html`<span class="mark">dry run</span> `;

/** Renders the report as one self-contained page, to mail, attach or print. */
export function renderHtml(report: Report): string {
  const { leaks, leaksNow, watched, asOf, rule } = report;
  const headline = `${leaksNow === 0 ? 'No leaks' : plural(leaksNow, 'leak')} ${aboveText(report)}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${headline}: ${rule}, ${formatTime(asOf)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${headline}</h1>
<p>${report.dryRun ? [DRY_RUN] : []}${alertSummary(report)}; window ${formatDuration(report.windowSeconds)} to ${formatTime(asOf)}</p>
</header>
<main>
${leaks.length === 0 ? [] : renderLeaks('Leaks', leaks.map(describeEntry), report)}
${watched?.length ? renderLeaks('Near the threshold', watched, report) : []}
<div class="about">
${renderEvents(report)}
${renderSettings(report)}
</div>
</main>
</body>
</html>
`;
  return page.text;
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
  fact('Threshold', `${prettyBytes(report.thresholdBytes)} (${plural(report.thresholdBytes, 'byte')})`),
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
