import type { AddressKey, Pair, Tally } from '../model.ts';
import { sanitize } from '../text.ts';
import { addressKey } from './address.ts';
import { OCTETS_TOKEN, parseOctets } from './octets.ts';

const SAMPLES = 3;

/** A pair while it is being added up. */
class RunningPair implements Pair {
  events = 0;
  lastSeen: number;
  /** Bytes so far, exact up to 2^53-1; what went beyond is in `carried`. */
  private sum = 0;
  private carried = 0n;

  constructor(
    readonly source: AddressKey,
    readonly destination: AddressKey,
    public firstSeen: number,
  ) {
    this.lastSeen = firstSeen;
  }

  get bytes(): bigint {
    return this.carried + BigInt(this.sum);
  }

  add(bytes: number, epoch: number): void {
    this.events++;
    if (epoch < this.firstSeen) this.firstSeen = epoch;
    if (epoch > this.lastSeen) this.lastSeen = epoch;
    if (this.sum + bytes > Number.MAX_SAFE_INTEGER) {
      this.carried += BigInt(this.sum);
      this.sum = 0;
    }
    this.sum += bytes;
  }
}

/** Adds up events one by one, per source and destination; a scan of any length needs memory for the pairs only. */
export class Tallier {
  matched = 0;
  private unreadable = 0;
  private newest: number | null = null;
  private readonly samples: string[] = [];
  private readonly pairs = new Map<string, RunningPair>();

  /** Takes one row of the events query: source, destination, epoch, message fragment. */
  readonly add = (row: readonly unknown[]): void => {
    const epoch = Number(row[2]);
    this.matched++;
    if (this.newest === null || epoch > this.newest) this.newest = epoch;
    const fragment = String(row[3]);
    const bytes = parseOctets(fragment);
    if (bytes === null) {
      this.unreadable++;
      if (this.samples.length < SAMPLES) this.samples.push(sanitize(fragment) || `(no ${OCTETS_TOKEN})`);
      return;
    }
    this.pair(addressKey(row[0]), addressKey(row[1]), epoch).add(bytes, epoch);
  };

  result(): Tally {
    return {
      matched: this.matched,
      counted: this.matched - this.unreadable,
      unreadable: this.unreadable,
      newest: this.newest,
      samples: this.samples,
      pairs: [...this.pairs.values()],
    };
  }

  private pair(source: AddressKey, destination: AddressKey, epoch: number): RunningPair {
    const key = pairKey(source, destination);
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      pair = new RunningPair(source, destination, epoch);
      this.pairs.set(key, pair);
    }
    return pair;
  }
}

/** The length in front keeps a 4+16 byte pair apart from a 16+4 byte pair with the same bytes. */
export function pairKey(source: AddressKey, destination: AddressKey): string {
  return String.fromCharCode(source.length) + source + destination;
}
