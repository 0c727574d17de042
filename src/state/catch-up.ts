/** Longest normal gap between runs of a five-minute schedule, or between reports of the collector, if one is late. */
export const USUAL_GAP_SECONDS = 900;
/** Catching up may miss a leak that is above the threshold for less than a twelfth of the window. */
export const STEPS_PER_WINDOW = 12;
/** Bounds the work of one run; the next run continues from there. */
const MAX_STEPS = 200;

/**
 * Lists the times at which to evaluate the window: in steps from the last evaluation until now.
 *
 * @param since Unix seconds of the last evaluation; null when there was none
 * @returns Unix seconds, oldest first
 */
export function evaluationTimes(since: number | null, now: number, windowSeconds: number): number[] {
  const step = Math.max(1, Math.floor(windowSeconds / STEPS_PER_WINDOW));
  const times: number[] = [];
  if (since !== null) {
    for (let time = since + step; time < now && times.length < MAX_STEPS; time += step) times.push(time);
  }
  return times.length < MAX_STEPS ? [...times, now] : times;
}
