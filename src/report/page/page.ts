import type { Report } from '../../model.ts';
import { plural } from '../../util/text.ts';
import { formatDuration, formatTime } from '../../util/units.ts';
import { VERSION } from '../../version.ts';
import { byUrgency, describeItem, largest, type ReportItem } from '../order.ts';
import { aboveText, alertSummary } from '../words.ts';
import { renderAbout } from './about.ts';
import { renderCards } from './cards.ts';
import { html, Markup } from './html-tag.ts';
import { describeLeak, renderLegend } from './legend.ts';
import { renderLiveness } from './liveness.ts';
import { alertIdOf, type Entry, MAX_ROWS, renderOverview } from './overview.ts';
import { STYLE } from './style.ts';

/** Backs up the escaping: the page can run, load and send nothing. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/** Leaks with a card, the largest ones. Hundreds would be a hundred printed pages. */
const MAX_CARDS = 20;
/** Characters. */
const MAX_TITLE = 70;

const DRY_RUN = html`<span class="mark">dry run</span> `;

/**
 * Renders the report as one self-contained page, to mail, attach or print.
 *
 * @param newestOfAny epoch of the newest event of any policy; null when none is known
 */
export function renderHtml(report: Report, newestOfAny: number | null = null): string {
  const { leaks, leaksNow, asOf } = report;
  const headline = `${leaksNow === 0 ? 'No leaks' : plural(leaksNow, 'leak')} ${aboveText(report)}`;
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${titleOf(headline, report)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<p class="product">leaktally ${VERSION}, rule ${report.rule}, ${report.database}</p>
<h1>${headline}</h1>
<p>${report.dryRun ? [DRY_RUN] : []}${alertSummary(report)}; window ${formatDuration(report.windowSeconds)} to ${formatTime(asOf)}</p>
<p>${describeLeak(report)}</p>
${leaks.length === 0 ? renderLiveness(report, newestOfAny) : []}
</header>
<main>
${renderGroups(report)}
${renderAbout(report)}
</main>
</body>
</html>
`;
  return page.text;
}

/** Cuts the rule's name where browsers and mail programs would cut the time. */
function titleOf(headline: string, { rule, asOf }: Report): string {
  const time = formatTime(asOf);
  const room = Math.max(1, MAX_TITLE - `${headline}: , ${time}`.length);
  return `${headline}: ${rule.length <= room ? rule : `${rule.slice(0, room - 1)}\u2026`}, ${time}`;
}

function renderGroups(report: Report): Markup[] {
  const watchedCount = report.watched?.length ?? 0;
  const entries = toEntries(report);
  if (entries.length === 0) return [];
  const isWatched = ({ group }: Entry) => group.status === 'watch';
  const [leaks, watched] = [entries.filter((entry) => !isWatched(entry)), entries.filter(isWatched)];
  const cards = entries.filter(({ hasCard }) => hasCard);
  const title = cards.length < report.leaks.length + watchedCount ? `The largest ${cards.length}` : 'Details';
  return [
    ...(leaks.length === 0 ? [] : [renderOverview('Leaks', leaks, report.leaks.length, report)]),
    ...(watched.length === 0 ? [] : [renderOverview('Near the threshold', watched, watchedCount, report)]),
    renderLegend(report),
    renderCards(title, cards, report),
  ];
}

/** Numbers the groups and gives each an anchor; those with cards are the largest. Describes those that are shown. */
function toEntries(report: Report): Entry[] {
  const withCards = new Set(largest(report, MAX_CARDS));
  const toEntry = (item: ReportItem, index: number): Entry => {
    const group = describeItem(item);
    const number = index + 1;
    return { group, number, anchor: anchorOf(alertIdOf(group), number), hasCard: withCards.has(item) };
  };
  const rowOf = (index: number) => (index < report.leaks.length ? index : index - report.leaks.length);
  return byUrgency(report).flatMap((item, index) =>
    rowOf(index) < MAX_ROWS || withCards.has(item) ? [toEntry(item, index)] : [],
  );
}

/** An alert is found by its id. Ids come from the state, which others may have written. */
function anchorOf(alertId: string | null, number: number): string {
  return alertId !== null && /^[0-9a-f]{16}$/.test(alertId) ? `alert-${alertId}` : `leak-${number}`;
}
