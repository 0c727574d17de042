import type { AddressKey } from '../model.ts';
import type { AddressRange } from '../options/exceptions.ts';

interface Prefix<Range> {
  /** In bytes. An address of the other family is in none of the ranges. */
  readonly addressLength: number;
  /** In bits. */
  readonly prefixLength: number;
  /** By their first address, up to the prefix length. */
  readonly ranges: Map<string, Range[]>;
}

/**
 * Finds the ranges that contain an address. A look-up takes one step for each distinct prefix length, however many
 * ranges there are.
 */
export class RangeTable<Range extends AddressRange> {
  private readonly prefixes = new Map<string, Prefix<Range>>();

  constructor(ranges: readonly Range[]) {
    for (const range of ranges) this.add(range);
  }

  /** @returns all ranges that contain the address, in no particular order */
  find(key: AddressKey): Range[] {
    const found: Range[] = [];
    for (const { addressLength, prefixLength, ranges } of this.prefixes.values()) {
      if (addressLength !== key.length) continue;
      for (const range of ranges.get(maskAddress(key, prefixLength)) ?? []) found.push(range);
    }
    return found;
  }

  private add(range: Range): void {
    const { prefixLength } = range;
    const address = String.fromCharCode(...range.network.toByteArray());
    const name = `${address.length}/${prefixLength}`;
    const prefix = this.prefixes.get(name) ?? { addressLength: address.length, prefixLength, ranges: new Map() };
    this.prefixes.set(name, prefix);
    const masked = maskAddress(address, prefixLength);
    const same = prefix.ranges.get(masked);
    if (same) same.push(range);
    else prefix.ranges.set(masked, [range]);
  }
}

/** Keeps the first bits: whole bytes, and the upper part of the one after them. */
function maskAddress(key: AddressKey, bits: number): string {
  const bytes = bits >> 3;
  const rest = bits & 7;
  if (rest === 0) return key.slice(0, bytes);
  return key.slice(0, bytes) + String.fromCharCode(key.charCodeAt(bytes) & (0xff00 >> rest));
}
