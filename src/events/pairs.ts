import type { AddressKey, Cell, Pair } from '../model.ts';
import { AddressNumbers } from './address-numbers.ts';
import { CellLists, NO_CELL } from './cells.ts';
import { Records } from './records.ts';
import type { Timescale } from './timescale.ts';

// A pair's fields: the numbers of its addresses, its events, its newest cell with that cell's number, and the list of its
// other cells. They are 64 bytes, so that an event of a known pair need touch memory in one place only.
const FIELDS = 8;
const SOURCE = 0;
const DESTINATION = 1;
const EVENTS = 2;
const CELL_NUMBER = 3;
const FIRST = 4;
const LAST = 5;
const BYTES = 6;
const OTHER_CELLS = 7;

const FIRST_SLOTS = 1 << 12;
const FREE = -1;

/** What each source sent to each destination, added up event by event: a hash table with open addressing, of numbers only. */
export class PairTable implements Iterable<Pair> {
  private readonly addresses = new AddressNumbers();
  private readonly records = new Records(FIELDS);
  private readonly cells: CellLists;
  /** Indices of pairs, each at its hash or in the next slot after it that was free; at least half of them are free. */
  private slots = new Int32Array(FIRST_SLOTS).fill(FREE);
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
    const pair = this.find(this.addresses.numberOf(source), this.addresses.numberOf(destination));
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
    if (!isFirst) this.setAside(pair, number);
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

  /** @returns the index of the pair, which is made where there is none */
  private find(source: number, destination: number): number {
    const { records, slots } = this;
    const mask = slots.length - 1;
    for (let slot = hash(source, destination) & mask; ; slot = (slot + 1) & mask) {
      const pair = slots[slot] as number;
      if (pair === FREE) return this.create(source, destination, slot);
      const fields = records.chunk(pair);
      const at = records.offset(pair);
      if (fields[at + SOURCE] === source && fields[at + DESTINATION] === destination) return pair;
    }
  }

  private create(source: number, destination: number, slot: number): number {
    const { records, slots } = this;
    const pair = records.add();
    records.set(pair, SOURCE, source);
    records.set(pair, DESTINATION, destination);
    records.set(pair, OTHER_CELLS, NO_CELL);
    slots[slot] = pair;
    if (records.length * 2 > slots.length) this.grow();
    return pair;
  }

  private grow(): void {
    const { records } = this;
    const slots = new Int32Array(this.slots.length * 2).fill(FREE);
    const mask = slots.length - 1;
    for (let pair = 0; pair < records.length; pair++) {
      let slot = hash(records.get(pair, SOURCE), records.get(pair, DESTINATION)) & mask;
      while (slots[slot] !== FREE) slot = (slot + 1) & mask;
      slots[slot] = pair;
    }
    this.slots = slots;
  }
}

/** Another one in each run: whoever chooses addresses could otherwise choose them so that all pairs have one hash. */
const SEED = Math.random() * 2 ** 32;

function hash(source: number, destination: number): number {
  return mix(mix(source ^ SEED) ^ destination);
}

/** Spreads the low 32 bits, so that neighbours lie apart (the function known as lowbias32). */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return bits ^ (bits >>> 16);
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
