import prettyBytes from 'pretty-bytes';
import { TIMELINE_STEPS } from '../../model.ts';
import { formatRoughly, formatTime } from '../../util/units.ts';
import { type ShownGroup, shortTime } from '../words.ts';
import { html, type Markup } from './html-tag.ts';

/** SVG user units; the drawing is stretched to the width of the page. */
const HEIGHT = 480;
const STEP_WIDTH = 10;
const GAP = 2;
/** Room above the bars, where the mark of the crossing stands out. */
const HEADROOM = 60;
/** Keeps a few bytes distinct from none. */
const MIN_HEIGHT = 10;
/** Parts of the window that have a tick each. */
const TICKS = 4;
const DAY = 86_400;

/** Draws one bar per step of the window, the largest at full height, and marks when the total passed the threshold. */
export function renderTimeline(group: ShownGroup, windowSeconds: number): Markup {
  const { timeline, asOf } = group;
  const largest = timeline.reduce((max, bytes) => (bytes > max ? bytes : max), 0n);
  const stepSeconds = windowSeconds / timeline.length;
  const from = asOf - windowSeconds;
  const start = (step: number) => shortTime(Math.floor(from + step * stepSeconds));
  const bars = timeline.flatMap((bytes, step) => {
    if (bytes === 0n) return [];
    const height = Math.max(MIN_HEIGHT, Number((bytes * BigInt(HEIGHT)) / largest));
    const title = `${start(step)} to ${start(step + 1)} UTC: ${prettyBytes(bytes)}`;
    return html`<rect x="${step * STEP_WIDTH}" y="${HEIGHT - height}" width="${STEP_WIDTH - GAP}" height="${height}"><title>${title}</title></rect>`;
  });
  const width = timeline.length * STEP_WIDTH - GAP;
  const label = `Bytes over time, from ${start(0)} to ${shortTime(asOf)} UTC in ${timeline.length} steps: ${bars.length} with bytes, the largest (${prettyBytes(largest)}) at ${start(timeline.indexOf(largest))} UTC`;
  return html`<figure>
<svg role="img" aria-label="${label}" viewBox="0 ${-HEADROOM} ${width} ${HEADROOM + HEIGHT}" preserveAspectRatio="none">
<path class="ticks" d="${Array.from({ length: TICKS + 1 }, (_, tick) => `M${(tick * width) / TICKS} 0V${HEIGHT}`).join('')}"/>
${bars}
${renderCrossing(group, from, windowSeconds, width)}
</svg>
<figcaption>
<span class="axis">${renderTicks(from, windowSeconds)}</span>
<span class="peak">peak ${prettyBytes(largest)} in ${stepText(windowSeconds)}</span>
</figcaption>
</figure>`;
}

function renderCrossing(group: ShownGroup, from: number, windowSeconds: number, width: number): Markup[] {
  if (group.status === 'watch' || group.crossedAt === null) return [];
  const x = Math.round(((group.crossedAt - from) * width) / windowSeconds);
  const title = `passed the threshold at ${shortTime(group.crossedAt)} UTC`;
  const line = `M${x} ${-HEADROOM}V${HEIGHT}`;
  return [html`<path class="halo" d="${line}"/><path class="crossing" d="${line}"><title>${title}</title></path>`];
}

/** The times at the ticks, the last one with its zone. */
function renderTicks(from: number, windowSeconds: number): Markup[] {
  return Array.from({ length: TICKS + 1 }, (_, tick) => {
    const time = Math.floor(from + (tick * windowSeconds) / TICKS);
    if (tick === 0) return html`<span>${shortTime(time)}</span>`;
    return html`<span>${tickText(time, windowSeconds)}${tick === TICKS ? ' UTC' : ''}</span>`;
  });
}

/** No finer than needed to tell the ticks apart. */
function tickText(time: number, windowSeconds: number): string {
  const text = formatTime(time);
  if (windowSeconds > 2 * DAY) return text.slice(5, 10);
  return windowSeconds < DAY / 24 ? text.slice(11, 19) : text.slice(11, 16);
}

/** How long a step of the timeline is. */
export function stepText(windowSeconds: number): string {
  const seconds = windowSeconds / TIMELINE_STEPS;
  return seconds < 60 ? `${Math.round(seconds * 10) / 10} s` : formatRoughly(seconds);
}
