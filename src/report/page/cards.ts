import prettyBytes from 'pretty-bytes';
import type { Breakdown, KnownNames, Report } from '../../model.ts';
import { describeIpFacts } from '../../util/autonomous-system.ts';
import { plural } from '../../util/text.ts';
import { formatSize, formatTime } from '../../util/units.ts';
import {
  addressText,
  destinationText,
  growthNote,
  omittedNames,
  ownThreshold,
  pauseNote,
  type ShownGroup,
  shareFacts,
  shareText,
} from '../words.ts';
import { fact, factOf } from './facts.ts';
import { html, type Markup } from './html-tag.ts';
import { alertIdOf, type Entry, renderStatus } from './overview.ts';
import { renderTimeline } from './timeline.ts';

/** Host names shown per leak; the rest unfold on a click and in print. */
const NAMES_SHOWN = 3;
/** As an escape, since a single character outside ASCII in the bundle makes every start up to a tenth slower. */
const ARROW = '\u2192';

/** Renders a section of cards under a heading. */
export function renderCards(title: string, entries: readonly Entry[], report: Report): Markup {
  return html`<section>
<h2>${title}</h2>
${entries.map((entry) => renderCard(entry, report))}
</section>`;
}

// Text from the database stays out of attributes, where an escaping mistake would be worst.
function renderCard({ group, number, anchor }: Entry, report: Report): Markup {
  const source = addressText(group.source, group.sources, 'source');
  return html`<article id="${anchor}">
<div>
<h3><span class="number">${number}</span> <bdi>${source}</bdi> ${ARROW} <bdi>${destinationText(group, report)}</bdi></h3>
<p><strong>${prettyBytes(group.bytes)}</strong> ${renderStatus(group, report)}</p>
${renderSize(group, report)}
</div>
${renderTimeline(group, report.windowSeconds)}
<dl>
${cardFacts(group, report)}
</dl>
</article>`;
}

function cardFacts(group: ShownGroup, report: Report): Markup[] {
  const destination = addressText(group.destination, group.destinations, 'destination');
  const alertId = alertIdOf(group);
  const owner = describeIpFacts(group);
  const own = ownThreshold(group, report.thresholdBytes);
  return [
    alertId === null ? [] : fact('Alert', alertId),
    destination === destinationText(group, report) ? [] : fact('Destination', destination),
    owner === '' ? [] : fact('Owner', owner),
    group.asOf === report.asOf ? [] : fact('Above the threshold', `at ${formatTime(group.asOf)}`),
    fact('Total', plural(group.bytes, 'byte')),
    own === '' ? [] : fact('Own threshold', own),
    fact('Events', describeActivity(group)),
    growthNote(group) === '' ? [] : fact('Growth', growthNote(group)),
    fact('First seen', formatTime(group.firstSeen)),
    fact('Last seen', formatTime(group.lastSeen)),
    renderShares('Largest sources', group.sources, group),
    renderShares('Largest destinations', group.destinations, group),
    hasNames(group) ? factOf('Host names', renderNames(group)) : [],
  ].flat();
}

/** `7.2 x the threshold, above 100 MB since 01:30 UTC` */
function renderSize(group: ShownGroup, report: Report): Markup[] {
  if (group.status === 'watch') return [];
  const thresholdBytes = group.thresholdBytes ?? report.thresholdBytes;
  const tenths = thresholdBytes > 0 ? Number((group.bytes * 10n) / BigInt(thresholdBytes)) : 0;
  const ratio = tenths >= 100 ? Math.floor(tenths / 10).toLocaleString('en-US') : (tenths / 10).toFixed(1);
  const whose = thresholdBytes === report.thresholdBytes ? 'the threshold' : 'its own threshold';
  const words = tenths > 0 ? [`${ratio} x ${whose}`] : [];
  if (group.crossedAt !== null) {
    const threshold = formatSize(thresholdBytes);
    const [day, time] = [formatTime(group.crossedAt).slice(0, 10), `${formatTime(group.crossedAt).slice(11, 16)} UTC`];
    const when = day === formatTime(report.asOf).slice(0, 10) ? time : `${day} ${time}`;
    words.push(group.asOf < report.asOf ? `passed ${threshold} at ${when}` : `above ${threshold} since ${when}`);
  }
  return [html`<p>${words.join(', ')}</p>`];
}

/** `27 events, active in 19 five-minute slots, pauses up to 1 h` */
function describeActivity(group: ShownGroup): string {
  const { events, activeSlots } = group;
  const slots = events === activeSlots ? [] : [`active in ${plural(activeSlots, 'five-minute slot')}`];
  const count = slots.length === 0 ? `active in ${plural(events, 'five-minute slot')}` : plural(events, 'event');
  return [count, ...slots, ...pauseNote(group)].join(', ');
}

/** Lists the largest addresses of a field outside the group key, each with its share. */
function renderShares(name: string, breakdown: Breakdown | null, group: ShownGroup): readonly Markup[] {
  if (!breakdown || breakdown.count === 1 || group.bytes === 0n) return [];
  const shares = breakdown.top.map((share) => {
    const facts = shareFacts(share, group);
    return html`<li>${share.address} <span class="whole">${shareText(share.bytes, group.bytes)}</span>${facts === '' ? [] : html` <bdi>${facts}</bdi>`}</li>`;
  });
  return [factOf(name, html`<ul>${shares}</ul>`)];
}

function hasNames({ fqdns, fqdnsFailure }: KnownNames): boolean {
  return fqdns.length > 0 || fqdnsFailure !== null;
}

function renderNames(known: KnownNames): Markup {
  const { fqdns, fqdnsOmitted } = known;
  const list = (names: readonly string[]) => html`<ul>${names.map((name) => html`<li>${name}</li>`)}</ul>`;
  const unlisted = omittedNames(known, fqdns.length);
  const all = unlisted === '' ? fqdns : [...fqdns, unlisted];
  if (fqdns.length <= NAMES_SHOWN) return list(all);
  return html`${list(all.slice(0, NAMES_SHOWN))}
<details><summary>${plural(fqdns.length - NAMES_SHOWN + fqdnsOmitted, 'more name')}</summary>${list(all.slice(NAMES_SHOWN))}</details>`;
}
