import type { Cell } from '../model.ts';
import type { Timescale } from './timescale.ts';

const FIRST_CAPACITY = 1 << 12;
/** The end of a list, and the list without a cell. */
export const NO_CELL = -1;

/**
 * Lists of cells, newest first, of which the owners know the heads. They are columns of numbers, because an object for
 * each of a million cells costs more than reading their events.
 */
export class CellLists {
  private capacity = FIRST_CAPACITY;
  private used = 0;
  private free = NO_CELL;
  private next = new Int32Array(FIRST_CAPACITY);
  private number = new Int32Array(FIRST_CAPACITY);
  // Seconds after the window's start.
  private first = new Int32Array(FIRST_CAPACITY);
  private last = new Int32Array(FIRST_CAPACITY);
  private bytes = new Float64Array(FIRST_CAPACITY);

  constructor(private readonly timescale: Timescale) {}

  /**
   * Adds bytes (a safe integer) to the list that starts at `head`.
   *
   * @param heads of all lists, for when there is no room left
   * @returns the list's head from now on
   */
  add(head: number, epoch: number, bytes: number, heads: readonly number[]): number {
    const number = this.timescale.cell(epoch);
    const seconds = epoch - this.timescale.from;
    // Events come in the order of their time, or nearly so; what does not is put together when room is needed.
    if (head !== NO_CELL && this.number[head] === number && this.merge(head, seconds, seconds, bytes)) return head;
    const cell = this.take(heads);
    this.next[cell] = head;
    this.number[cell] = number;
    this.first[cell] = seconds;
    this.last[cell] = seconds;
    this.bytes[cell] = bytes;
    return cell;
  }

  /** The cells of a list, in no order; the same stretch of time may be in several. */
  *list(head: number): Generator<Cell> {
    const { from } = this.timescale;
    for (let cell = head; cell !== NO_CELL; cell = this.next[cell] as number) {
      yield {
        first: from + (this.first[cell] as number),
        last: from + (this.last[cell] as number),
        bytes: this.bytes[cell] as number,
      };
    }
  }

  /** @returns the exact sum of a list's bytes */
  total(head: number): bigint {
    let carried = 0n;
    let sum = 0;
    for (let cell = head; cell !== NO_CELL; cell = this.next[cell] as number) {
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
    if (first < (this.first[cell] as number)) this.first[cell] = first;
    if (last > (this.last[cell] as number)) this.last[cell] = last;
    return true;
  }

  private take(heads: readonly number[]): number {
    if (this.free === NO_CELL && this.used === this.capacity) this.makeRoom(heads);
    if (this.free === NO_CELL) return this.used++;
    const cell = this.free;
    this.free = this.next[cell] as number;
    return cell;
  }

  /** Puts cells of the same number together; where that gives too little, takes more memory. */
  private makeRoom(heads: readonly number[]): void {
    let freed = 0;
    // Which cell of the list at hand has this number: written anew for each list, so that it need not be cleared.
    const cellOf = new Int32Array(this.timescale.cells);
    const listOf = new Int32Array(this.timescale.cells).fill(NO_CELL);
    for (const [list, head] of heads.entries()) {
      let before = NO_CELL;
      for (let cell = head; cell !== NO_CELL; ) {
        const next = this.next[cell] as number;
        const number = this.number[cell] as number;
        if (listOf[number] === list && this.mergeCells(cellOf[number] as number, cell)) {
          this.next[before] = next;
          this.next[cell] = this.free;
          this.free = cell;
          freed++;
        } else {
          listOf[number] = list;
          cellOf[number] = cell;
          before = cell;
        }
        cell = next;
      }
    }
    if (freed < this.capacity / 2) this.grow();
  }

  private mergeCells(into: number, cell: number): boolean {
    return this.merge(into, this.first[cell] as number, this.last[cell] as number, this.bytes[cell] as number);
  }

  private grow(): void {
    this.capacity *= 2;
    this.next = enlarged(this.next, this.capacity);
    this.number = enlarged(this.number, this.capacity);
    this.first = enlarged(this.first, this.capacity);
    this.last = enlarged(this.last, this.capacity);
    const bytes = new Float64Array(this.capacity);
    bytes.set(this.bytes);
    this.bytes = bytes;
  }
}

function enlarged(column: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(capacity);
  larger.set(column);
  return larger;
}
