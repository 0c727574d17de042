import type { Records } from './records.ts';

/** The fields with which a pair's record begins. */
export const SOURCE = 0;
export const DESTINATION = 1;

const FIRST_SLOTS = 1 << 12;
const FREE = -1;
/** Another one in each run: whoever chooses addresses could otherwise choose them so that all pairs have one hash. */
const SEED = Math.random() * 2 ** 32;

/** Finds the record of two addresses (as numbers): a hash table with open addressing. */
export class PairIndex {
  /** Indices of records, each at its hash or in the next slot after it that was free; at least half of them are free. */
  private slots = new Int32Array(FIRST_SLOTS).fill(FREE);

  constructor(private readonly records: Records) {}

  /** @returns the index of the pair's record, which is made where there is none */
  find(source: number, destination: number): number {
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

function hash(source: number, destination: number): number {
  return mix(mix(source ^ SEED) ^ destination);
}

/** Spreads the low 32 bits, so that neighbours lie apart (the function known as lowbias32). */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return bits ^ (bits >>> 16);
}
