import type { Looks } from './looks.ts';
import type { CellNumbers } from './pair-table.ts';
import { Timescale } from './timescale.ts';

/**
 * Divides time so finely that no look's window, and no slot or step of the last one, begins or ends within a cell: sums
 * of cells are exact for each look.
 */
export class CellGrid implements CellNumbers {
  private readonly timescale: Timescale;

  constructor(
    private readonly looks: Looks,
    private readonly windowSeconds: number,
  ) {
    this.timescale = new Timescale(looks.now - windowSeconds, looks.now);
  }

  /** None of the three numbers falls as time goes on, so their sum is unique. */
  cell(epoch: number): number {
    const firstWith = this.looks.indexFrom(epoch);
    const firstWithout = this.looks.indexFrom(epoch + this.windowSeconds + 1);
    return this.timescale.cell(epoch) + firstWith + firstWithout;
  }
}
