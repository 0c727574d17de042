import { describe, expect, test } from 'vitest';
import { NO_IP_DATABASES, openIpDatabases } from '../../../src/tally/ip-database.ts';
import { readAs, readCountry } from '../../../src/tally/ip-record.ts';
import { openMmdb } from '../../../src/tally/mmdb-file.ts';
import { mmdb } from '../../support/builders/mmdb.ts';

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const NOT_ENDING = 'a record in it does not end';
const ADDRESS = '192.0.2.1';

/** The marker and the metadata of a database for IPv4 whose tree is one node of 6 bytes. */
const END = (() => {
  const file = mmdb({ '0.0.0.0/1': 'a', '128.0.0.0/1': 'b' }, { ipVersion: 4 });
  return file.subarray(file.lastIndexOf(MARKER));
})();

/** A database whose one record, for all addresses, is at this offset of the data. */
function fileWith(data: Buffer, offset = 0, end: Buffer = END): Buffer {
  const record = Buffer.alloc(3);
  record.writeUIntBE(1 + 16 + offset, 0, 3);
  return Buffer.concat([record, record, Buffer.alloc(16), data, end]);
}

const find = (file: Buffer) => openMmdb(file).find(ADDRESS);
/** No value begins with this byte: it says that more follows than any file has. */
const noise = (length: number) => Buffer.alloc(length, 0xff);
const text = (value: string) => Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
const array = (...values: readonly Buffer[]) => Buffer.concat([Buffer.from([values.length, 4]), ...values]);
const TRUE = Buffer.from([1, 7]);

/** A pointer in the form with this size field (MaxMind DB specification, "pointer"). */
function pointer(sizeField: 0 | 1 | 2 | 3, offset: number): Buffer {
  const value = offset - ([0, 2048, 526_336, 0] as const)[sizeField];
  const packed = Buffer.alloc(sizeField + 1);
  packed.writeUIntBE(value % 256 ** (sizeField + 1), 0, sizeField + 1);
  const high = sizeField === 3 ? 0 : Math.floor(value / 256 ** (sizeField + 1));
  return Buffer.concat([Buffer.from([(1 << 5) | (sizeField << 3) | high]), packed]);
}

describe('values', () => {
  test.each<[0 | 1 | 2 | 3, number]>([
    [0, 40],
    [0, 2047],
    [1, 2048 + 40],
    [1, 2048 + 300_000],
    [2, 526_336 + 40],
    [2, 526_336 + 20_000_000],
    [3, 40],
    [3, 20_000_000],
  ])('behind a pointer of form %i at %i', (sizeField, offset) => {
    const record = array(pointer(sizeField, offset), text('end'));
    const data = Buffer.concat([record, noise(offset - record.length), text('found'), noise(9)]);
    expect(find(fileWith(data))).toEqual(['found', 'end']);
  });

  test('of types that have no content, or no end of their own', () => {
    // A byte that begins no value follows each of them.
    expect(find(fileWith(Buffer.concat([array(TRUE, Buffer.from([0x41, 0xff])), noise(9)])))).toEqual([true, '\ufffd']);
    expect(find(fileWith(Buffer.concat([array(text('a'), array(text('b'))), noise(9)])))).toEqual(['a', ['b']]);
    const map = Buffer.concat([Buffer.from([(7 << 5) | 2]), ...['a', 'b', 'c', 'd'].map(text), noise(9)]);
    expect(find(fileWith(map))).toEqual({ a: 'b', c: 'd' });
  });

  test('are one object for all addresses of a record', () => {
    const file = openMmdb(mmdb({ '192.0.2.0/24': { asn: 'AS64496' } }));
    expect(file.find(ADDRESS)).toEqual({ asn: 'AS64496' });
    expect(file.find('192.0.2.2')).toBe(file.find(ADDRESS));
    expect(file.find('192.0.3.1')).toBeNull();
  });
});

describe('a record of which the end is too far', () => {
  const nested = (depth: number): Buffer => (depth === 0 ? text('x') : array(nested(depth - 1)));

  test('is nested in over 32 others', () => {
    expect(() => find(fileWith(nested(32)))).not.toThrow();
    expect(() => find(fileWith(nested(33)))).toThrow(NOT_ENDING);
    // The last value of a map is looked at, too.
    const map = (last: Buffer) => Buffer.concat([Buffer.from([(7 << 5) | 1]), text('a'), last]);
    expect(() => find(fileWith(map(nested(31))))).not.toThrow();
    expect(() => find(fileWith(map(nested(32))))).toThrow(NOT_ENDING);
  });

  test('is behind over 32 pointers', () => {
    // Each points to the next one, which is two bytes on.
    const chain = (length: number) =>
      Buffer.concat([...Array.from({ length }, (_, index) => pointer(0, 2 * index + 2)), text('x')]);
    expect(() => find(fileWith(chain(32)))).not.toThrow();
    expect(() => find(fileWith(chain(33)))).toThrow(NOT_ENDING);
  });

  test('has over 65,536 values and bytes of text', () => {
    const longest = (length: number) => mmdb({ '128.0.0.0/1': 'x'.repeat(length) }, { ipVersion: 4 });
    expect(find(longest(65_535))).toHaveLength(65_535);
    expect(() => find(longest(65_536))).toThrow(NOT_ENDING);
    const most = (length: number) => mmdb({ '128.0.0.0/1': Array.from({ length }, () => false) }, { ipVersion: 4 });
    expect(find(most(32_767))).toHaveLength(32_767);
    expect(() => find(most(32_768))).toThrow(NOT_ENDING);
  });

  test('ends outside the file', () => {
    const data = pointer(3, 5 + END.length);
    const cut = Buffer.from([(2 << 5) | 4, 0x61, 0x62]);
    expect(() => find(Buffer.concat([fileWith(data), cut]))).toThrow('a record in it ends outside the file');
    const whole = Buffer.concat([cut, Buffer.from('cd')]);
    expect(find(Buffer.concat([fileWith(data), whole]))).toBe('abcd');
  });
});

describe('metadata', () => {
  /** The end of a file in which the byte after the name and the type of this field is another one. */
  const endWith = (field: string, value: number) => {
    const end = Buffer.from(END);
    end[end.indexOf(field) + field.length + 1] = value;
    return end;
  };

  test('names the type and the age of a file; the age may be missing', () => {
    expect(openMmdb(mmdb({}, { databaseType: 'Any', buildEpoch: 1_763_900_000 }))).toMatchObject({
      databaseType: 'Any',
      builtAt: 1_763_900_000,
    });
    const ageless = Buffer.from(mmdb({}).toString('latin1').replace('build_epoch', 'build_epoxx'), 'latin1');
    expect(openMmdb(ageless).builtAt).toBeNull();
  });

  test.each([
    ['binary_format_major_version', 3],
    ['ip_version', 5],
    // The tree would reach into the metadata.
    ['node_count', 200],
  ])('with a %s of %i is wrong', (field, value) => {
    expect(() => openMmdb(fileWith(text('x'), 0, endWith(field, value)))).toThrow('its metadata is wrong');
  });

  test('without a type is wrong', () => {
    const typeless = Buffer.from(END.toString('latin1').replace('database_type', 'database_tipe'), 'latin1');
    expect(() => openMmdb(fileWith(text('x'), 0, typeless))).toThrow('its metadata is wrong');
    expect(() => openMmdb(fileWith(text('x')))).not.toThrow();
  });

  test('that has no tree before it is wrong, and without data it is right', () => {
    expect(() => openMmdb(END)).toThrow('its metadata is wrong');
    expect(openMmdb(mmdb({})).find(ADDRESS)).toBeNull();
  });

  test('that does not end is damaged, and without its marker a file is none', () => {
    const nested = Buffer.concat([...Array.from({ length: 40 }, () => Buffer.from([1, 4])), text('x')]);
    const file = Buffer.concat([noise(9), MARKER, nested]);
    expect(() => openMmdb(file)).toThrow(NOT_ENDING);
    expect(() => openMmdb(Buffer.from('nothing'))).toThrow('not a MaxMind DB file');
  });
});

describe('records', () => {
  test('of another shape say nothing', () => {
    for (const record of [null, undefined, 5, 'text', {}, { traits: null, country: null }]) {
      expect([readAs(record), readCountry(record)]).toEqual([null, null]);
    }
  });

  test('a country is two capital letters', () => {
    for (const country of ['XDE', 'DEX', 'de', 'D', 'D1']) expect(readCountry({ country })).toBeNull();
    expect(readCountry({ country: 'DE' })).toBe('DE');
  });

  test('an organization has up to 100 characters', () => {
    const organizationOf = (length: number) =>
      readAs({ autonomous_system_number: 64_496, autonomous_system_organization: 'x'.repeat(length) })?.organization;
    expect(organizationOf(100)).toBe('x'.repeat(100));
    expect(organizationOf(101)).toBe(`${'x'.repeat(99)}…`);
  });
});

test('without files nothing is known of any address', async () => {
  expect(await openIpDatabases([])).toBe(NO_IP_DATABASES);
  expect(NO_IP_DATABASES.files).toEqual([]);
  expect([NO_IP_DATABASES.asOf('\xc0\0\x02\x01'), NO_IP_DATABASES.countryOf('\xc0\0\x02\x01')]).toEqual([null, null]);
});
