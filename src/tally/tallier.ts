import type { Pair, Tally } from '../model.ts';
import { parseOctets } from '../scrutinizer/byte-count.ts';
import { describeUnreadable, readEpoch } from '../scrutinizer/event-row.ts';
import { addressKey } from '../util/address.ts';
import { type CellNumbers, PairTable } from './pair-table.ts';

const SAMPLES = 3;

/** Adds up events by source and destination. Events before the window are in the pairs but not in the counts. */
export class Tallier {
  matched = 0;
  private unreadable = 0;
  private hasSource = false;
  private newest: number | null = null;
  private readonly samples: string[] = [];
  private readonly table: PairTable;

  /** @param windowStart Unix seconds from which on events are counted */
  constructor(
    numbers: CellNumbers,
    private readonly windowStart = Number.NEGATIVE_INFINITY,
  ) {
    this.table = new PairTable(numbers);
  }

  /** Takes one row of the events query: source, destination, epoch, message fragment. */
  readonly add = (row: readonly unknown[]): void => {
    const epoch = readEpoch(row[2]);
    const source = addressKey(row[0]);
    const fragment = String(row[3]);
    const bytes = parseOctets(fragment);
    if (epoch >= this.windowStart) {
      if (source !== '') this.hasSource = true;
      this.count(epoch, bytes, fragment);
    }
    if (bytes !== null) this.table.add(source, addressKey(row[1]), epoch, bytes);
  };

  pairs(): Iterable<Pair> {
    return this.table;
  }

  counts(excluded: readonly Pair[]): Tally {
    const { matched, unreadable, newest, samples, hasSource } = this;
    let [excludedEvents, excludedBytes] = [0, 0n];
    for (const { cells } of excluded) {
      for (const { first, events, bytes } of cells) {
        if (first < this.windowStart) continue;
        excludedEvents += events;
        excludedBytes += BigInt(bytes);
      }
    }
    const counted = matched - excludedEvents - unreadable;
    return { matched, counted, excluded: excludedEvents, excludedBytes, unreadable, newest, samples, hasSource };
  }

  private count(epoch: number, bytes: number | null, fragment: string): void {
    this.matched++;
    if (this.newest === null || epoch > this.newest) this.newest = epoch;
    if (bytes !== null) return;
    this.unreadable++;
    if (this.samples.length < SAMPLES) this.samples.push(describeUnreadable(fragment));
  }
}
