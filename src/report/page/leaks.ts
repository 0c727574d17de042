import prettyBytes from 'pretty-bytes';
import type { Breakdown, KnownNames, Report } from '../../model.ts';
import { describeAs } from '../../util/autonomous-system.ts';
import { plural } from '../../util/text.ts';
import { formatTime } from '../../util/units.ts';
import {
  addressText,
  describeShape,
  destinationText,
  growthNote,
  omittedNames,
  outcomeText,
  ownThreshold,
  paceNote,
  type ShownGroup,
  shareFacts,
  shareText,
} from '../words.ts';
import { html, type Markup } from './html-tag.ts';
import { renderTimeline } from './timeline.ts';

/** Host names shown per leak; the rest unfold on a click and in print. */
const NAMES_SHOWN = 10;
/** As an escape, since a single character outside ASCII in the bundle makes every start up to a tenth slower. */
const ARROW = '\u2192';

/** Renders a section of leaks under a heading. */
export function renderLeaks(title: string, leaks: readonly ShownGroup[], report: Report): Markup {
  return html`<section>
<h2>${title}</h2>
${leaks.map((leak) => renderLeak(leak, report))}
</section>`;
}

// Text from the database stays out of attributes, where an escaping mistake would be worst.
function renderLeak(leak: ShownGroup, report: Report): Markup {
  const { asOf, windowSeconds, thresholdBytes } = report;
  const source = addressText(leak.source, leak.sources, 'source');
  const destination = addressText(leak.destination, leak.destinations, 'destination');
  const title = destinationText(leak, report);
  const own = ownThreshold(leak, thresholdBytes);
  return html`<article>
<h3><bdi>${source}</bdi> ${ARROW} <bdi>${title}</bdi></h3>
<p><strong>${prettyBytes(leak.bytes)}</strong> <span class="status ${leak.status}">${leak.status}</span> ${leak.status === 'watch' ? paceNote(leak) : outcomeText(leak, report)}</p>
${renderTimeline(leak, windowSeconds)}
<dl>
${[
  title === destination ? [] : fact('Destination', destination),
  leak.as === null ? [] : fact('AS', describeAs(leak.as)),
  leak.country === null ? [] : fact('Country', leak.country),
  leak.asOf === asOf ? [] : fact('Above the threshold', `at ${formatTime(leak.asOf)}`),
  fact('Total', `${plural(leak.bytes, 'byte')} in ${plural(leak.events, 'event')}`),
  own === '' ? [] : fact('Own threshold', own),
  growthNote(leak) === '' ? [] : fact('Growth', growthNote(leak)),
  fact('First seen', formatTime(leak.firstSeen)),
  fact('Last seen', formatTime(leak.lastSeen)),
  fact('Shape', describeShape(leak)),
  renderShares('Largest sources', leak.sources, leak),
  renderShares('Largest destinations', leak.destinations, leak),
  hasNames(leak) ? factOf('Host names', renderNames(leak)) : [],
].flat()}
</dl>
</article>`;
}

/** Renders a term and its description. */
export function fact(name: string, value: string): Markup {
  return factOf(name, html`${value}`);
}

function factOf(name: string, value: Markup): Markup {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** Lists the largest addresses of a field outside the group key, each with its share. */
function renderShares(name: string, breakdown: Breakdown | null, leak: ShownGroup): readonly Markup[] {
  if (!breakdown || breakdown.count === 1 || leak.bytes === 0n) return [];
  const shares = breakdown.top.map((share) => {
    const facts = shareFacts(share, leak);
    return html`<li>${share.address} <span class="whole">${shareText(share.bytes, leak.bytes)}</span>${facts === '' ? [] : html` <bdi>${facts}</bdi>`}</li>`;
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
