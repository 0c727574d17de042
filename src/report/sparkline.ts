const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** Nothing at all, which is not the same as little. */
const NOTHING = '·';

/** One character a step, the largest step as high as a line. */
export function sparkline(timeline: readonly bigint[]): string {
  const most = timeline.reduce((largest, bytes) => (bytes > largest ? bytes : largest), 0n);
  return timeline
    .map((bytes) => (bytes === 0n ? NOTHING : BARS[Number((bytes * BigInt(BARS.length) - 1n) / most)]))
    .join('');
}
