import type { Cell } from '../model.ts';
import type { Looks } from './looks.ts';

/** The total of a group's window as it moves from look to look. */
export class SlidingWindow {
  bytes = 0n;
  private newest = 0;
  private readonly entering: readonly Cell[];
  private readonly leaving: readonly Cell[];
  /** Index of the next cell to enter, which is the number of those that have. */
  private nextIn = 0;
  /** Index of the next cell to leave. */
  private nextOut = 0;

  /** @param cells in the order of their first events; no look's window begins or ends within one */
  constructor(
    cells: readonly Cell[],
    private readonly looks: Looks,
    private readonly windowSeconds: number,
  ) {
    const hasLate = cells.some(({ countsFrom }) => countsFrom !== undefined);
    this.leaving = hasLate ? cells.filter((cell) => isEverIn(cell, looks, windowSeconds)) : cells;
    this.entering = hasLate ? [...this.leaving].sort((a, b) => entersAt(a) - entersAt(b)) : cells;
  }

  /** Epoch of the newest event in the window; 0 when there is none. */
  get lastSeen(): number {
    return this.nextOut < this.nextIn ? this.newest : 0;
  }

  /** @param at Unix seconds of a look, never earlier than the last one */
  moveTo(at: number): void {
    for (let cell = this.entering[this.nextIn]; cell && entersAt(cell) <= at; cell = this.entering[++this.nextIn]) {
      this.bytes += BigInt(cell.bytes);
      this.newest = Math.max(this.newest, cell.last);
    }
    const start = at - this.windowSeconds;
    for (let cell = this.leaving[this.nextOut]; cell && cell.first < start; cell = this.leaving[++this.nextOut]) {
      this.bytes -= BigInt(cell.bytes);
    }
  }

  /** Index of the next look at which a cell enters or leaves; the last look when there is none. */
  nextChange(): number {
    const entering = this.entering[this.nextIn];
    const leaving = this.nextOut < this.nextIn ? this.leaving[this.nextOut] : undefined;
    return Math.min(
      this.looks.count - 1,
      entering ? this.looks.indexFrom(entersAt(entering)) : Number.POSITIVE_INFINITY,
      leaving ? this.looks.indexFrom(leaving.first + this.windowSeconds + 1) : Number.POSITIVE_INFINITY,
    );
  }
}

/** Unix seconds from which on a cell is in the windows of looks. */
export function entersAt({ last, countsFrom = 0 }: Cell): number {
  return Math.max(last, countsFrom);
}

/** A cell that counts late may have left the window by then. */
function isEverIn(cell: Cell, looks: Looks, windowSeconds: number): boolean {
  const entering = looks.indexFrom(entersAt(cell));
  return entering < looks.count && cell.first >= looks.time(entering) - windowSeconds;
}
