import type { AddressKey, Cell, Pair } from '../model.ts';
import { pairKey } from '../util/address.ts';

/** Numbers the cells into which time is divided, as time goes on. */
export interface CellNumbers {
  /** @param epoch Unix seconds */
  cell(epoch: number): number;
}

// A cell is four numbers in a flat array, since a million objects would cost several times the memory.
const FIELDS = 4;
const FIRST = 0;
const LAST = 1;
const BYTES = 2;
const EVENTS = 3;
const FEW_CELLS = 4 * FIELDS;
/** Numbers in a pair's array below which compaction is not worth its time: 32 cells. */
const FIRST_COMPACTION = 32 * FIELDS;

/** What each source sent to each destination, added up event by event. */
export class PairTable implements Iterable<Pair> {
  private readonly pairs = new Map<string, TalliedPair>();

  constructor(private readonly numbers: CellNumbers) {}

  /**
   * @param epoch Unix seconds
   * @param bytes a safe integer
   */
  add(source: AddressKey, destination: AddressKey, epoch: number, bytes: number): void {
    const key = pairKey(source, destination);
    let pair = this.pairs.get(key);
    if (!pair) {
      pair = new TalliedPair(source, destination, this.numbers);
      this.pairs.set(key, pair);
    }
    pair.add(epoch, bytes);
  }

  /** The pairs in the order of their first events. */
  [Symbol.iterator](): Iterator<Pair> {
    return this.pairs.values();
  }
}

/** Computes its bytes and cells on request: most pairs are looked at once and never shown. */
class TalliedPair implements Pair {
  events = 0;
  /** Cell after cell. Out-of-order events leave several cells with the same number, until compaction merges them. */
  private flatCells: number[] = [];
  /** The number of the last cell. */
  private lastCellNumber = Number.NaN;
  private nextCompaction = FIRST_COMPACTION;

  constructor(
    readonly source: AddressKey,
    readonly destination: AddressKey,
    private readonly numbers: CellNumbers,
  ) {}

  add(epoch: number, bytes: number): void {
    this.events++;
    const number = this.numbers.cell(epoch);
    // Events come nearly in the order of their time, so most belong to the last cell.
    if (number === this.lastCellNumber) {
      if (mergeInto(this.flatCells, this.flatCells.length - FIELDS, epoch, epoch, bytes, 1)) return;
    }
    if (this.flatCells.length >= this.nextCompaction) this.compact();
    // An array that grows takes room for many more cells than most pairs of very many have.
    if (this.flatCells.length < FEW_CELLS) this.flatCells = this.flatCells.concat(epoch, epoch, bytes, 1);
    else this.flatCells.push(epoch, epoch, bytes, 1);
    this.lastCellNumber = number;
  }

  /** The exact sum of the cells; it becomes a bigint only where a number would be rounded, since that is much slower. */
  get bytes(): bigint {
    let carried = 0n;
    let sum = 0;
    for (let at = 0; at < this.flatCells.length; at += FIELDS) {
      const bytes = this.flatCells[at + BYTES] as number;
      if (sum + bytes > Number.MAX_SAFE_INTEGER) {
        carried += BigInt(sum);
        sum = 0;
      }
      sum += bytes;
    }
    return carried + BigInt(sum);
  }

  get cells(): readonly Cell[] {
    return Array.from({ length: this.flatCells.length / FIELDS }, (_, index) => this.cellAt(index * FIELDS));
  }

  /** Merges cells with the same number, so that memory grows with the length of the window and not with the events. */
  private compact(): void {
    const compacted: number[] = [];
    const positions = new Map<number, number>();
    for (let at = 0; at < this.flatCells.length; at += FIELDS) {
      const { first, last, bytes, events } = this.cellAt(at);
      const number = this.numbers.cell(first);
      const position = positions.get(number);
      if (position !== undefined && mergeInto(compacted, position, first, last, bytes, events)) continue;
      positions.set(number, compacted.length);
      compacted.push(first, last, bytes, events);
    }
    this.flatCells = compacted;
    // Doubled, so that cells which cannot be merged are not looked at again and again.
    this.nextCompaction = Math.max(FIRST_COMPACTION, 2 * compacted.length);
  }

  private cellAt(position: number): Cell {
    const { flatCells } = this;
    return {
      first: flatCells[position + FIRST] as number,
      last: flatCells[position + LAST] as number,
      bytes: flatCells[position + BYTES] as number,
      events: flatCells[position + EVENTS] as number,
    };
  }
}

/** @returns false when the sum would no longer be exact; nothing is changed then */
function mergeInto(
  flatCells: number[],
  position: number,
  first: number,
  last: number,
  bytes: number,
  events: number,
): boolean {
  const sum = (flatCells[position + BYTES] as number) + bytes;
  if (sum > Number.MAX_SAFE_INTEGER) return false;
  flatCells[position + BYTES] = sum;
  flatCells[position + EVENTS] = (flatCells[position + EVENTS] as number) + events;
  if (first < (flatCells[position + FIRST] as number)) flatCells[position + FIRST] = first;
  if (last > (flatCells[position + LAST] as number)) flatCells[position + LAST] = last;
  return true;
}
