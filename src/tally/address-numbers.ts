import type { AddressKey } from '../model.ts';

const AFTER_IPV4 = 2 ** 32;

/** Gives each address a number of its own, exact in a double: an IPv4 address is one, the others are counted from 2^32 on. */
export class AddressNumbers {
  private readonly others: AddressKey[] = [];
  private readonly numbers = new Map<AddressKey, number>();

  numberOf(key: AddressKey): number {
    if (key.length === 4) {
      const [a, b, c, d] = [key.charCodeAt(0), key.charCodeAt(1), key.charCodeAt(2), key.charCodeAt(3)];
      // A column that holds text instead of bytes may have other characters.
      if ((a | b | c | d) <= 0xff) return a * 2 ** 24 + ((b << 16) | (c << 8) | d);
    }
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = AFTER_IPV4 + this.others.push(key) - 1;
      this.numbers.set(key, number);
    }
    return number;
  }

  keyOf(number: number): AddressKey {
    if (number >= AFTER_IPV4) return this.others[number - AFTER_IPV4] as AddressKey;
    return String.fromCharCode(number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff);
  }
}
