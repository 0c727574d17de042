import { TIMELINE_STEPS } from '../model.ts';
import type { Timescale } from '../tally/timescale.ts';

/** The present is the last of this many steps of the timeline: two hours of a day. */
const PRESENT_STEPS = 2;
/** A pace over less than a report's five minutes would be a guess. */
const SHORTEST_SECONDS = 300;

/**
 * When a total would cross the threshold if the bytes went on as at present, while the window leaves old ones behind.
 * An estimate, so that rounding does not matter.
 *
 * @param timeline bytes by step of the window, the oldest first
 * @param firstSeen Unix seconds of the group's first event
 * @returns Unix seconds within the next window; null when it would not
 */
export function crossingTime(
  timeline: readonly bigint[],
  firstSeen: number,
  { from, to }: Timescale,
  thresholdBytes: number,
): number | null {
  const stepSeconds = (to - from) / TIMELINE_STEPS;
  const steps = timeline.map(Number);
  const presentSeconds = Math.max(SHORTEST_SECONDS, Math.min(PRESENT_STEPS * stepSeconds, to - firstSeen));
  const present = steps.slice(-PRESENT_STEPS).reduce((sum, bytes) => sum + bytes, 0);
  const bytesPerStep = (present / presentSeconds) * stepSeconds;
  let total = steps.reduce((sum, bytes) => sum + bytes, 0);
  for (const [step, leaving] of steps.entries()) {
    const gain = bytesPerStep - leaving;
    if (total + gain > thresholdBytes) return Math.ceil(to + (step + (thresholdBytes - total) / gain) * stepSeconds);
    total += gain;
  }
  return null;
}
