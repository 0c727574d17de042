import type { AddressKey } from '../model.ts';

const IPV4_LENGTH = 4;
const AFTER_IPV4 = 2 ** 32;

/** Gives each address a number of its own, exact in a double: an IPv4 address is one, the others are counted from 2^32 on. */
export class AddressNumbers {
  private readonly others: AddressKey[] = [];
  private readonly numbers = new Map<AddressKey, number>();

  numberOf(key: AddressKey): number {
    if (key.length === IPV4_LENGTH) {
      const low = (key.charCodeAt(1) << 16) | (key.charCodeAt(2) << 8) | key.charCodeAt(3);
      return key.charCodeAt(0) * 2 ** 24 + low;
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
