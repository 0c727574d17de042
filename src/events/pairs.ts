import type { AddressKey, Cell, Pair } from '../model.ts';
import { CellLists, NO_CELL } from './cells.ts';
import type { Timescale } from './timescale.ts';

/** What each source sent to each destination, added up event by event. */
export class PairTable {
  /** By pair key; the pairs are numbered in the order of their first events. */
  private readonly indices = new Map<string, number>();
  private readonly keys: string[] = [];
  private readonly events: number[] = [];
  private readonly heads: number[] = [];
  private readonly cells: CellLists;

  constructor(timescale: Timescale) {
    this.cells = new CellLists(timescale);
  }

  /** @param bytes a safe integer */
  add(source: AddressKey, destination: AddressKey, epoch: number, bytes: number): void {
    const key = pairKey(source, destination);
    let index = this.indices.get(key);
    if (index === undefined) {
      index = this.keys.push(key) - 1;
      this.heads.push(NO_CELL);
      this.events.push(0);
      this.indices.set(key, index);
    }
    (this.events[index] as number)++;
    this.heads[index] = this.cells.add(this.heads[index] as number, epoch, bytes, this.heads);
  }

  /** The pairs in the order of their first events; each reads from this table. */
  list(): Pair[] {
    return this.keys.map(
      (key, index) => new TalliedPair(key, this.events[index] as number, this.heads[index] as number, this.cells),
    );
  }
}

/** Adds up its bytes when asked: most pairs are looked at once, and never shown. */
class TalliedPair implements Pair {
  constructor(
    private readonly key: string,
    readonly events: number,
    private readonly head: number,
    private readonly lists: CellLists,
  ) {}

  get source(): AddressKey {
    return isEven(this.key) ? this.key.slice(0, this.key.length / 2) : this.key.slice(1, 1 + this.key.charCodeAt(0));
  }

  get destination(): AddressKey {
    return this.key.slice(isEven(this.key) ? this.key.length / 2 : 1 + this.key.charCodeAt(0));
  }

  get bytes(): bigint {
    return this.lists.total(this.head);
  }

  get cells(): readonly Cell[] {
    return this.lists.list(this.head);
  }
}

/**
 * Addresses of one length are put together as they are, since this is done for each event. Otherwise the length in front
 * keeps a 4+16 byte pair apart from a 16+4 byte pair with the same bytes, and makes the key's own length odd.
 */
export function pairKey(source: AddressKey, destination: AddressKey): string {
  const key = source + destination;
  return source.length === destination.length ? key : String.fromCharCode(source.length) + key;
}

/** Is it the key of two addresses of one length? */
function isEven(key: string): boolean {
  return key.length % 2 === 0;
}
