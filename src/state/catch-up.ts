/** The usual time between two runs of a five-minute schedule or two reports of the collector, when one may be late. */
export const USUAL_GAP_SECONDS = 900;
/** A leak that is above the threshold for less than a twelfth of the window may be missed while nothing runs. */
export const STEPS_PER_WINDOW = 12;
/** Bounds the work of one run; the next one continues where it stopped. */
const MAX_STEPS = 200;

/**
 * The times (Unix seconds, oldest first) at which to look at the window: now, and before that at steps over the time
 * in which no run was completed.
 *
 * @param since until when the rule was evaluated (Unix seconds); null when it never was
 */
export function evaluationTimes(since: number | null, now: number, windowSeconds: number): number[] {
  const step = Math.max(1, Math.floor(windowSeconds / STEPS_PER_WINDOW));
  const times: number[] = [];
  if (since !== null) {
    for (let time = since + step; time < now && times.length < MAX_STEPS; time += step) times.push(time);
  }
  return times.length < MAX_STEPS ? [...times, now] : times;
}
