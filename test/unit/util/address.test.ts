import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressKey, addressValues, formatAddress } from '../../../src/util/address.ts';

const show = (value: unknown) => formatAddress(addressKey(value));
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const MAPPED = '00000000000000000000ffff';

describe('formatAddress(addressKey(...))', () => {
  test.each<[string, string]>([
    ['0a010105', '10.1.1.5'],
    ['00000000', '0.0.0.0'],
    ['ffffffff', '255.255.255.255'],
    [`${MAPPED}cb007109`, '203.0.113.9'],
    [`${MAPPED}00000000`, '0.0.0.0'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010DB8000000000000000000ABCDEF', '2001:db8::ab:cdef'],
    // RFC 5952, 4.2.2: a single zero group is not shortened.
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    // RFC 5952, 4.2.3: the longest run is shortened, or the first of several.
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['00000000000100020000000000030004', '::1:2:0:0:3:4'],
    ['fe800000000000000000000000000000', 'fe80::'],
    // Near the IPv4-mapped prefix, but not in it.
    ['00000000000000000001ffffcb007109', '::1:ffff:cb00:7109'],
  ])('%s is %s', (bytes, text) => {
    expect(show(hex(bytes))).toBe(text);
  });

  test.each<[string, unknown]>([
    ['NULL', null],
    ['undefined', undefined],
    ['no bytes', Buffer.alloc(0)],
    ['3 bytes', Buffer.alloc(3)],
    ['5 bytes', Buffer.alloc(5)],
    ['15 bytes', Buffer.alloc(15)],
    ['17 bytes', Buffer.alloc(17)],
    ['a number', 167_837_957],
    ['empty text', ''],
  ])('%s is unknown', (_, value) => {
    expect(addressKey(value)).toBe('');
    expect(show(value)).toBe('unknown');
  });

  test('a Buffer, an ArrayBuffer and a binary string of the same bytes are the same address', () => {
    fc.assert(
      fc.property(addressBytes(), (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(addressKey(Uint8Array.from(bytes).buffer)).toBe(addressKey(buffer));
        expect(addressKey(buffer.toString('latin1'))).toBe(addressKey(buffer));
      }),
    );
  });

  test('a Buffer that is part of a larger one is only that part', () => {
    expect(show(hex('ff0a010105ff').subarray(1, 5))).toBe('10.1.1.5');
  });
});

describe('properties', () => {
  test('IPv4 is its four bytes in decimal, even when mapped into IPv6', () => {
    fc.assert(
      fc.property(byteArray(4), (bytes) => {
        expect(show(Buffer.from(bytes))).toBe(bytes.join('.'));
        expect(show(Buffer.concat([hex(MAPPED), Buffer.from(bytes)]))).toBe(bytes.join('.'));
      }),
    );
  });

  test('IPv6 is written as the URL standard writes it', () => {
    fc.assert(
      fc.property(ipv6Bytes(), (bytes) => {
        const buffer = Buffer.from(bytes);
        fc.pre(!buffer.toString('hex').startsWith(MAPPED));
        expect(`[${show(buffer)}]`).toBe(new URL(`http://[${longForm(buffer)}]`).hostname);
      }),
      { numRuns: 2000 },
    );
  });

  test('different addresses have different keys and different texts', () => {
    fc.assert(
      fc.property(addressBytes(), addressBytes(), (a, b) => {
        const [keyA, keyB] = [addressKey(Buffer.from(a)), addressKey(Buffer.from(b))];
        expect(formatAddress(keyA) === formatAddress(keyB)).toBe(keyA === keyB);
      }),
    );
  });

  test('every value that an address may be stored as leads back to its key', () => {
    fc.assert(
      fc.property(addressBytes(), (bytes) => {
        const key = addressKey(Buffer.from(bytes));
        const values = addressValues(key);
        expect(values.map((value) => addressKey(value))).toEqual(values.map(() => key));
        expect(values).toContainEqual(Buffer.from(bytes));
      }),
    );
  });
});

function byteArray(length: number, byte: fc.Arbitrary<number> = fc.integer({ min: 0, max: 255 })) {
  return fc.array(byte, { minLength: length, maxLength: length });
}

/** Sixteen bytes, often with the runs of zeros that the short form depends on. */
function ipv6Bytes(): fc.Arbitrary<number[]> {
  const group = fc.oneof({ weight: 2, arbitrary: fc.constant([0, 0]) }, byteArray(2));
  return fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.flat());
}

function addressBytes(): fc.Arbitrary<number[]> {
  const mapped = byteArray(4).map((bytes) => [...hex(MAPPED), ...bytes]);
  return fc.oneof(byteArray(4), ipv6Bytes(), mapped);
}

function longForm(bytes: Buffer): string {
  return bytes.toString('hex').replace(/(.{4})(?!$)/g, '$1:');
}
