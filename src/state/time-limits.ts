/** Longest usual time between two runs every five minutes, one of them late, and between two reports of the collector. */
export const USUAL_GAP_SECONDS = 900;
const LONGEST_RUN_SECONDS = 7200;
const WINDOW_PARTS = 12;

/** Longest time without a completed run that the lock of a rule may be held for. */
export function lockLimitSeconds(windowSeconds: number): number {
  return Math.max(USUAL_GAP_SECONDS, Math.min(windowSeconds / WINDOW_PARTS, LONGEST_RUN_SECONDS));
}
