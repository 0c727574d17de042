import { TIMELINE_STEPS } from '../model.ts';
import type { Timescale } from '../tally/timescale.ts';

/** Steps of the timeline that the pace is measured over: two hours of a day. */
const PACE_STEPS = 2;
/** Events are five-minute sums, so a pace over less would be a guess. */
const MIN_PACE_SECONDS = 300;

/**
 * Estimates when a total would cross the threshold at its current pace, while old bytes leave the window. Rounding does
 * not matter in an estimate.
 *
 * @param timeline bytes by step of the window, oldest first
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
  const paceSeconds = Math.max(MIN_PACE_SECONDS, Math.min(PACE_STEPS * stepSeconds, to - firstSeen));
  const recentBytes = steps.slice(-PACE_STEPS).reduce((sum, bytes) => sum + bytes, 0);
  const bytesPerStep = (recentBytes / paceSeconds) * stepSeconds;
  let total = steps.reduce((sum, bytes) => sum + bytes, 0);
  for (const [step, leaving] of steps.entries()) {
    const gain = bytesPerStep - leaving;
    if (total + gain > thresholdBytes) return Math.ceil(to + (step + (thresholdBytes - total) / gain) * stepSeconds);
    total += gain;
  }
  return null;
}
