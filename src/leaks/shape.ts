import { type Cell, type Shape, TIMELINE_STEPS } from '../model.ts';
import type { Timescale } from '../tally/timescale.ts';

/** Measures how a group's bytes are spread over the window, to tell a drip from a burst. */
export function shapeOf(cells: readonly Cell[], timescale: Timescale): Shape {
  const timeline = new Array<bigint>(TIMELINE_STEPS).fill(0n);
  const slots = new Set<number>();
  const cellsByTime = [...cells].sort((a, b) => a.first - b.first);
  let end = cellsByTime[0]?.first ?? 0;
  let pause = 0;
  for (const { first, last, bytes } of cellsByTime) {
    const step = timescale.step(first);
    timeline[step] = (timeline[step] ?? 0n) + BigInt(bytes);
    slots.add(timescale.slot(first));
    if (timescale.slot(first) - timescale.slot(end) > 1) pause = Math.max(pause, first - end);
    end = Math.max(end, last);
  }
  return { timeline, activeSlots: slots.size, longestPauseSeconds: pause };
}
