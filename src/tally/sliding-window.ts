import type { Cell } from '../model.ts';
import type { Looks } from './looks.ts';

/** The total of a group's window as it moves from look to look. */
export class SlidingWindow {
  bytes = 0n;
  private newest = 0;
  private entered = 0;
  private left = 0;

  /** @param cells in the order of their first events; no look's window begins or ends within one */
  constructor(
    private readonly cells: readonly Cell[],
    private readonly looks: Looks,
    private readonly windowSeconds: number,
  ) {}

  /** Epoch of the newest event in the window; 0 when there is none. */
  get lastSeen(): number {
    return this.left < this.entered ? this.newest : 0;
  }

  /** @param at Unix seconds of a look, never earlier than the last one */
  moveTo(at: number): void {
    for (let cell = this.cells[this.entered]; cell && cell.last <= at; cell = this.cells[++this.entered]) {
      this.bytes += BigInt(cell.bytes);
      this.newest = Math.max(this.newest, cell.last);
    }
    const start = at - this.windowSeconds;
    for (let cell = this.cells[this.left]; cell && cell.first < start; cell = this.cells[++this.left]) {
      this.bytes -= BigInt(cell.bytes);
    }
  }

  /** Index of the next look at which a cell enters or leaves; the last look when there is none. */
  nextChange(): number {
    const entering = this.cells[this.entered];
    const leaving = this.left < this.entered ? this.cells[this.left] : undefined;
    return Math.min(
      this.looks.count - 1,
      entering ? this.looks.indexFrom(entering.last) : Number.POSITIVE_INFINITY,
      leaving ? this.looks.indexFrom(leaving.first + this.windowSeconds + 1) : Number.POSITIVE_INFINITY,
    );
  }
}
