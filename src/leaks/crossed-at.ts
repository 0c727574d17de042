import type { Cell } from '../model.ts';
import { entersAt } from '../tally/sliding-window.ts';

/**
 * Finds since when a total is above its threshold.
 *
 * @param cells of one window, in the order of their first events
 * @returns Unix seconds, to a slot where several events share it; null when the total is not above the threshold
 */
export function crossedAt(cells: readonly Cell[], thresholdBytes: number): number | null {
  const hasLate = cells.some(({ countsFrom }) => countsFrom !== undefined);
  let total = 0n;
  for (const cell of hasLate ? [...cells].sort((a, b) => entersAt(a) - entersAt(b)) : cells) {
    total += BigInt(cell.bytes);
    if (total > BigInt(thresholdBytes)) return entersAt(cell);
  }
  return null;
}
