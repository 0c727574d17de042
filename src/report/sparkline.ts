const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** Keeps no bytes distinct from a few. */
const NOTHING = '·';

/** Draws one character per step, the largest at full height. */
export function sparkline(timeline: readonly bigint[]): string {
  const largest = timeline.reduce((max, bytes) => (bytes > max ? bytes : max), 0n);
  return timeline
    .map((bytes) => (bytes === 0n ? NOTHING : BARS[Number((bytes * BigInt(BARS.length) - 1n) / largest)]))
    .join('');
}
