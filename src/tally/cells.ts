import type { Cell } from '../model.ts';
import { Records } from './records.ts';
import type { Timescale } from './timescale.ts';

const FIRST_CAPACITY = 1 << 16;
/** The end of a list, and the list without a cell. */
export const NO_CELL = -1;

// A cell's fields: the next cell of its list, its first and last event as Unix seconds, and its bytes.
const FIELDS = 4;
const NEXT = 0;
const FIRST = 1;
const LAST = 2;
const BYTES = 3;

/** Lists of cells, of which the owners know the heads. */
export class CellLists {
  private readonly records = new Records(FIELDS);
  private free = NO_CELL;
  /** So many cells there may be before it is worth looking for some to put together. */
  private capacity = FIRST_CAPACITY;
  /** Whether no list has cells that could be put together. */
  private isInOrder = true;

  /** @param heads tells those of all lists */
  constructor(
    private readonly timescale: Timescale,
    private readonly heads: () => Iterable<number>,
  ) {}

  /** Says that a list may now get two cells of the same stretch of time, which could be put together. */
  disorder(): void {
    this.isInOrder = false;
  }

  /**
   * Puts a cell before the list that starts at `head`.
   *
   * @returns the list's head from now on
   */
  add(head: number, { first, last, bytes }: Cell): number {
    const { records } = this;
    const cell = this.take();
    records.set(cell, NEXT, head);
    records.set(cell, FIRST, first);
    records.set(cell, LAST, last);
    records.set(cell, BYTES, bytes);
    return cell;
  }

  /** The cells of a list, in no order; the same stretch of time may be in several. */
  *list(head: number): Generator<Cell> {
    const { records } = this;
    for (let cell = head; cell !== NO_CELL; cell = records.get(cell, NEXT)) {
      yield { first: records.get(cell, FIRST), last: records.get(cell, LAST), bytes: records.get(cell, BYTES) };
    }
  }

  /** @returns the exact sum of a list's bytes */
  total(head: number): bigint {
    const { records } = this;
    let carried = 0n;
    let sum = 0;
    for (let cell = head; cell !== NO_CELL; cell = records.get(cell, NEXT)) {
      const bytes = records.get(cell, BYTES);
      if (sum + bytes > Number.MAX_SAFE_INTEGER) {
        carried += BigInt(sum);
        sum = 0;
      }
      sum += bytes;
    }
    return carried + BigInt(sum);
  }

  private take(): number {
    if (this.free === NO_CELL && this.records.length === this.capacity) {
      if (this.isInOrder || this.mergeAll() < this.capacity / 2) this.capacity *= 2;
    }
    if (this.free === NO_CELL) return this.records.add();
    const cell = this.free;
    this.free = this.records.get(cell, NEXT);
    return cell;
  }

  /**
   * Puts cells of the same stretch of time together.
   *
   * @returns how many cells are free because of it
   */
  private mergeAll(): number {
    const { records, timescale } = this;
    let freed = 0;
    // Which cell of the list at hand has this number; the list is noted too, so that nothing need be cleared in between.
    const cellOf = new Int32Array(timescale.cells);
    const listOf = new Int32Array(timescale.cells);
    let list = 0;
    for (const head of this.heads()) {
      list++;
      let before = NO_CELL;
      let next: number;
      for (let cell = head; cell !== NO_CELL; cell = next) {
        next = records.get(cell, NEXT);
        const number = timescale.cell(records.get(cell, FIRST));
        if (listOf[number] === list && this.merge(cellOf[number] as number, cell)) {
          records.set(before, NEXT, next);
          records.set(cell, NEXT, this.free);
          this.free = cell;
          freed++;
        } else {
          listOf[number] = list;
          cellOf[number] = cell;
          before = cell;
        }
      }
    }
    return freed;
  }

  /** @returns false when the sum would not be exact any more */
  private merge(into: number, cell: number): boolean {
    const { records } = this;
    const sum = records.get(into, BYTES) + records.get(cell, BYTES);
    if (sum > Number.MAX_SAFE_INTEGER) return false;
    records.set(into, BYTES, sum);
    records.set(into, FIRST, Math.min(records.get(into, FIRST), records.get(cell, FIRST)));
    records.set(into, LAST, Math.max(records.get(into, LAST), records.get(cell, LAST)));
    return true;
  }
}
