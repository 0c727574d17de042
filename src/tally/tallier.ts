import type { Pair, Tally } from '../model.ts';
import { parseOctets } from '../scrutinizer/byte-count.ts';
import { describeUnreadable, readEpoch } from '../scrutinizer/event-row.ts';
import { addressKey } from '../util/address.ts';
import { PairTable } from './pair-table.ts';
import type { Timescale } from './timescale.ts';

const SAMPLES = 3;

/** Adds up events one by one, per source and destination. */
export class Tallier {
  matched = 0;
  private unreadable = 0;
  private newest: number | null = null;
  private readonly samples: string[] = [];
  private readonly table: PairTable;

  constructor(timescale: Timescale) {
    this.table = new PairTable(timescale);
  }

  /** Takes one row of the events query: source, destination, epoch, message fragment. */
  readonly add = (row: readonly unknown[]): void => {
    const epoch = readEpoch(row[2]);
    this.matched++;
    if (this.newest === null || epoch > this.newest) this.newest = epoch;
    const fragment = String(row[3]);
    const bytes = parseOctets(fragment);
    if (bytes === null) {
      this.unreadable++;
      if (this.samples.length < SAMPLES) this.samples.push(describeUnreadable(fragment));
      return;
    }
    this.table.add(addressKey(row[0]), addressKey(row[1]), epoch, bytes);
  };

  pairs(): Iterable<Pair> {
    return this.table;
  }

  counts(excluded: readonly Pair[]): Tally {
    const { matched, unreadable, newest, samples } = this;
    const excludedEvents = excluded.reduce((sum, pair) => sum + pair.events, 0);
    const excludedBytes = excluded.reduce((sum, pair) => sum + pair.bytes, 0n);
    const counted = matched - excludedEvents - unreadable;
    return { matched, counted, excluded: excludedEvents, excludedBytes, unreadable, newest, samples };
  }
}
