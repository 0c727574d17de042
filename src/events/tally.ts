import type { AddressKey, Tally } from '../model.ts';
import { sanitize } from '../text.ts';
import { addressKey } from './address.ts';
import { OCTETS_TOKEN, parseOctets } from './octets.ts';

const SAMPLES = 3;

/** A pair while it is being added up. */
interface Running {
  source: AddressKey;
  destination: AddressKey;
  /** Bytes so far, exact up to 2^53-1; what went beyond is in `carried`. */
  bytes: number;
  carried: bigint;
  events: number;
  firstSeen: number;
  lastSeen: number;
}

/** Adds up events one by one, per source and destination; a scan of any length needs memory for the pairs only. */
export class Tallier {
  matched = 0;
  private unreadable = 0;
  private newest: number | null = null;
  private readonly samples: string[] = [];
  private readonly pairs = new Map<string, Running>();

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
    const pair = this.pair(addressKey(row[0]), addressKey(row[1]), epoch);
    pair.events++;
    if (epoch < pair.firstSeen) pair.firstSeen = epoch;
    if (epoch > pair.lastSeen) pair.lastSeen = epoch;
    if (pair.bytes + bytes > Number.MAX_SAFE_INTEGER) {
      pair.carried += BigInt(pair.bytes);
      pair.bytes = 0;
    }
    pair.bytes += bytes;
  };

  result(): Tally {
    return {
      matched: this.matched,
      counted: this.matched - this.unreadable,
      unreadable: this.unreadable,
      newest: this.newest,
      samples: this.samples,
      pairs: Array.from(this.pairs.values(), ({ carried, bytes, ...pair }) => ({
        ...pair,
        bytes: carried + BigInt(bytes),
      })),
    };
  }

  private pair(source: AddressKey, destination: AddressKey, epoch: number): Running {
    const key = pairKey(source, destination);
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      pair = { source, destination, bytes: 0, carried: 0n, events: 0, firstSeen: epoch, lastSeen: epoch };
      this.pairs.set(key, pair);
    }
    return pair;
  }
}

/** The length in front keeps a 4+16 byte pair apart from a 16+4 byte pair with the same bytes. */
export function pairKey(source: AddressKey, destination: AddressKey): string {
  return String.fromCharCode(source.length) + source + destination;
}
