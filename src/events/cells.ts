import type { Cell } from '../model.ts';
import type { Timescale } from './timescale.ts';

const FIRST_CAPACITY = 1 << 16;
/** The end of a list, and the list without a cell. */
export const NO_CELL = -1;

// What a cell holds, side by side since it is read together: the next cell of its list, its number, and its first and last
// event in seconds after the window's start.
const FIELDS = 4;
const NEXT = 0;
const NUMBER = 1;
const FIRST = 2;
const LAST = 3;

/**
 * Lists of cells, newest first, of which the owners know the heads. They are numbers in arrays, because an object for each
 * of a million cells costs more than reading their events.
 */
export class CellLists {
  private used = 0;
  private free = NO_CELL;
  /** Whether no list has two cells of one number, so that nothing can be put together. */
  private isInOrder = true;
  private lastEpoch = Number.NaN;
  private lastNumber = 0;
  private fields = new Int32Array(FIRST_CAPACITY * FIELDS);
  private bytes = new Float64Array(FIRST_CAPACITY);

  constructor(private readonly timescale: Timescale) {}

  /**
   * Adds bytes (a safe integer) to the list that starts at `head`.
   *
   * @param heads of all lists, for when there is no room left
   * @returns the list's head from now on
   */
  add(head: number, epoch: number, bytes: number, heads: readonly number[]): number {
    // Many events share a second.
    if (epoch !== this.lastEpoch) {
      this.lastEpoch = epoch;
      this.lastNumber = this.timescale.cell(epoch);
    }
    const number = this.lastNumber;
    const seconds = epoch - this.timescale.from;
    // Events come in the order of their time, or nearly so; what does not is put together when room is needed.
    if (head !== NO_CELL) {
      const newest = this.get(head, NUMBER);
      if (newest === number && this.merge(head, seconds, seconds, bytes)) return head;
      if (newest > number) this.isInOrder = false;
    }
    const cell = this.take(heads);
    this.set(cell, NEXT, head);
    this.set(cell, NUMBER, number);
    this.set(cell, FIRST, seconds);
    this.set(cell, LAST, seconds);
    this.bytes[cell] = bytes;
    return cell;
  }

  /** The cells of a list, in no order; the same stretch of time may be in several. */
  list(head: number): Cell[] {
    const { from } = this.timescale;
    const cells: Cell[] = [];
    for (let cell = head; cell !== NO_CELL; cell = this.get(cell, NEXT)) {
      cells.push({
        first: from + this.get(cell, FIRST),
        last: from + this.get(cell, LAST),
        bytes: this.bytes[cell] as number,
      });
    }
    return cells;
  }

  /** @returns the exact sum of a list's bytes */
  total(head: number): bigint {
    let carried = 0n;
    let sum = 0;
    for (let cell = head; cell !== NO_CELL; cell = this.get(cell, NEXT)) {
      const bytes = this.bytes[cell] as number;
      if (sum + bytes > Number.MAX_SAFE_INTEGER) {
        carried += BigInt(sum);
        sum = 0;
      }
      sum += bytes;
    }
    return carried + BigInt(sum);
  }

  /** @returns false when the sum would not be exact any more */
  private merge(cell: number, first: number, last: number, bytes: number): boolean {
    const sum = (this.bytes[cell] as number) + bytes;
    if (sum > Number.MAX_SAFE_INTEGER) return false;
    this.bytes[cell] = sum;
    if (first < this.get(cell, FIRST)) this.set(cell, FIRST, first);
    if (last > this.get(cell, LAST)) this.set(cell, LAST, last);
    return true;
  }

  private take(heads: readonly number[]): number {
    if (this.free === NO_CELL && this.used === this.bytes.length) {
      if (this.isInOrder || this.mergeAll(heads) < this.bytes.length / 2) this.grow();
    }
    if (this.free === NO_CELL) return this.used++;
    const cell = this.free;
    this.free = this.get(cell, NEXT);
    return cell;
  }

  /**
   * Puts cells of the same number together.
   *
   * @returns how many cells are free because of it
   */
  private mergeAll(heads: readonly number[]): number {
    let freed = 0;
    // Which cell of the list at hand has this number; the list is noted too, so that nothing need be cleared in between.
    const cellOf = new Int32Array(this.timescale.cells);
    const listOf = new Int32Array(this.timescale.cells).fill(NO_CELL);
    for (const [list, head] of heads.entries()) {
      let before = NO_CELL;
      let next: number;
      for (let cell = head; cell !== NO_CELL; cell = next) {
        next = this.get(cell, NEXT);
        const number = this.get(cell, NUMBER);
        if (listOf[number] === list && this.mergeCells(cellOf[number] as number, cell)) {
          this.set(before, NEXT, next);
          this.set(cell, NEXT, this.free);
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

  private mergeCells(into: number, cell: number): boolean {
    return this.merge(into, this.get(cell, FIRST), this.get(cell, LAST), this.bytes[cell] as number);
  }

  private grow(): void {
    const { fields, bytes } = this;
    this.fields = new Int32Array(fields.length * 2);
    this.fields.set(fields);
    this.bytes = new Float64Array(bytes.length * 2);
    this.bytes.set(bytes);
  }

  private get(cell: number, field: number): number {
    return this.fields[cell * FIELDS + field] as number;
  }

  private set(cell: number, field: number, value: number): void {
    this.fields[cell * FIELDS + field] = value;
  }
}
