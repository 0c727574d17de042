import prettyBytes from 'pretty-bytes';
import type { GroupFacts } from '../../model.ts';
import { formatRoughly } from '../../util/units.ts';
import { shortTime } from '../words.ts';
import { html, type Markup } from './html-tag.ts';

/** SVG user units; the drawing is stretched to the width of the page. */
const HEIGHT = 480;
const STEP_WIDTH = 10;
const GAP = 2;
/** Keeps a few bytes distinct from none. */
const MIN_HEIGHT = 10;

/** Draws one bar per step of the window, the largest at full height. */
export function renderTimeline({ timeline, asOf }: GroupFacts, windowSeconds: number): Markup {
  const largest = timeline.reduce((max, bytes) => (bytes > max ? bytes : max), 0n);
  const stepSeconds = windowSeconds / timeline.length;
  const [from, to] = [asOf - windowSeconds, asOf];
  const start = (step: number) => shortTime(Math.floor(from + step * stepSeconds));
  const bars = timeline.flatMap((bytes, step) => {
    if (bytes === 0n) return [];
    const height = Math.max(MIN_HEIGHT, Number((bytes * BigInt(HEIGHT)) / largest));
    const title = `${start(step)} to ${start(step + 1)}: ${prettyBytes(bytes)}`;
    return html`<rect x="${step * STEP_WIDTH}" y="${HEIGHT - height}" width="${STEP_WIDTH - GAP}" height="${height}"><title>${title}</title></rect>`;
  });
  const width = timeline.length * STEP_WIDTH - GAP;
  const peakStep = timeline.indexOf(largest);
  const label = `Bytes over time, from ${start(0)} to ${shortTime(to)} in ${timeline.length} steps: ${bars.length} with bytes, the largest (${prettyBytes(largest)}) at ${start(peakStep)}`;
  return html`<figure>
<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">
${bars}
</svg>
<figcaption>
<span class="whole">${start(0)}</span>
<span>peak ${prettyBytes(largest)} in ${describeStep(stepSeconds)}</span>
<span class="whole">${shortTime(to)}</span>
</figcaption>
</figure>`;
}

function describeStep(seconds: number): string {
  return seconds < 60 ? `${Math.round(seconds * 10) / 10} s` : formatRoughly(seconds);
}
