import type { Looks } from './looks.ts';
import type { CellNumbers } from './pair-table.ts';
import { Timescale } from './timescale.ts';

/**
 * Divides time so finely that no window of a look begins or ends within a cell, nor a slot or a step of the last window:
 * what the cells add up to is exact for each look.
 */
export class CellGrid implements CellNumbers {
  private readonly timescale: Timescale;

  constructor(
    private readonly looks: Looks,
    private readonly windowSeconds: number,
  ) {
    this.timescale = new Timescale(looks.now - windowSeconds, looks.now);
  }

  /** A sum of numbers that never fall as time goes on, so that it is the same only where each of them is. */
  cell(epoch: number): number {
    const firstWith = this.looks.indexFrom(epoch);
    const firstWithout = this.looks.indexFrom(epoch + this.windowSeconds + 1);
    return this.timescale.cell(epoch) + firstWith + firstWithout;
  }
}
