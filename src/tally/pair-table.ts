import type { AddressKey, Cell, Pair } from '../model.ts';
import { AddressNumbers } from './address-numbers.ts';
import { CellLists, NO_CELL } from './cells.ts';
import { DESTINATION, PairIndex, SOURCE } from './pair-index.ts';
import { Records } from './records.ts';
import type { Timescale } from './timescale.ts';

// A pair's fields: the numbers of its addresses, its events, its newest cell with that cell's number, and the list of its
// other cells. They are 64 bytes, so that an event of a known pair touches few places in memory.
const FIELDS = 8;
const EVENTS = 2;
const CELL_NUMBER = 3;
const FIRST = 4;
const LAST = 5;
const BYTES = 6;
const OTHER_CELLS = 7;

/** What each source sent to each destination, added up event by event, as numbers only. */
export class PairTable implements Iterable<Pair> {
  private readonly addresses = new AddressNumbers();
  private readonly records = new Records(FIELDS);
  private readonly index = new PairIndex(this.records);
  private readonly cells: CellLists;
  private lastEpoch = Number.NaN;
  private lastNumber = 0;

  constructor(private readonly timescale: Timescale) {
    this.cells = new CellLists(timescale, () => this.otherCells());
  }

  /**
   * @param epoch Unix seconds within the timescale
   * @param bytes a safe integer
   */
  add(source: AddressKey, destination: AddressKey, epoch: number, bytes: number): void {
    const pair = this.index.find(this.addresses.numberOf(source), this.addresses.numberOf(destination));
    const number = this.cellNumber(epoch);
    const fields = this.records.chunk(pair);
    const at = this.records.offset(pair);
    const isFirst = (fields[at + EVENTS] as number)++ === 0;
    const sum = (fields[at + BYTES] as number) + bytes;
    if (!isFirst && fields[at + CELL_NUMBER] === number && sum <= Number.MAX_SAFE_INTEGER) {
      fields[at + BYTES] = sum;
      if (epoch < (fields[at + FIRST] as number)) fields[at + FIRST] = epoch;
      if (epoch > (fields[at + LAST] as number)) fields[at + LAST] = epoch;
      return;
    }
    if (isFirst) fields[at + OTHER_CELLS] = NO_CELL;
    else this.setAside(pair, number);
    fields[at + CELL_NUMBER] = number;
    fields[at + FIRST] = epoch;
    fields[at + LAST] = epoch;
    fields[at + BYTES] = bytes;
  }

  /** The pairs in the order of their first events; each reads from this table. */
  *[Symbol.iterator](): Iterator<Pair> {
    for (let pair = 0; pair < this.records.length; pair++) yield new TalliedPair(this, pair);
  }

  source(pair: number): AddressKey {
    return this.addresses.keyOf(this.records.get(pair, SOURCE));
  }

  destination(pair: number): AddressKey {
    return this.addresses.keyOf(this.records.get(pair, DESTINATION));
  }

  events(pair: number): number {
    return this.records.get(pair, EVENTS);
  }

  bytes(pair: number): bigint {
    return BigInt(this.records.get(pair, BYTES)) + this.cells.total(this.records.get(pair, OTHER_CELLS));
  }

  cellsOf(pair: number): Cell[] {
    return [this.newestCell(pair), ...this.cells.list(this.records.get(pair, OTHER_CELLS))];
  }

  /** Many events share a second. */
  private cellNumber(epoch: number): number {
    if (epoch !== this.lastEpoch) {
      this.lastEpoch = epoch;
      this.lastNumber = this.timescale.cell(epoch);
    }
    return this.lastNumber;
  }

  private newestCell(pair: number): Cell {
    const { records } = this;
    return { first: records.get(pair, FIRST), last: records.get(pair, LAST), bytes: records.get(pair, BYTES) };
  }

  /** Makes room for a cell of this number. */
  private setAside(pair: number, number: number): void {
    const { records } = this;
    // Events come in the order of their time, or nearly so.
    if (number < records.get(pair, CELL_NUMBER)) this.cells.disorder();
    records.set(pair, OTHER_CELLS, this.cells.add(records.get(pair, OTHER_CELLS), this.newestCell(pair)));
  }

  private *otherCells(): Generator<number> {
    for (let pair = 0; pair < this.records.length; pair++) yield this.records.get(pair, OTHER_CELLS);
  }
}

/** Adds up its bytes when asked: most pairs are looked at once, and never shown. */
class TalliedPair implements Pair {
  constructor(
    private readonly table: PairTable,
    private readonly index: number,
  ) {}

  get source(): AddressKey {
    return this.table.source(this.index);
  }

  get destination(): AddressKey {
    return this.table.destination(this.index);
  }

  get events(): number {
    return this.table.events(this.index);
  }

  get bytes(): bigint {
    return this.table.bytes(this.index);
  }

  get cells(): readonly Cell[] {
    return this.table.cellsOf(this.index);
  }
}
