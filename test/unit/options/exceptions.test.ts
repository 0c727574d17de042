import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { describeError } from '../../../src/describe-error.ts';
import { UsageError } from '../../../src/errors.ts';
import { describeException, endedExceptions } from '../../../src/options/exceptions.ts';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { Exceptions } from '../../../src/tally/exceptions.ts';
import { RangeTable } from '../../../src/tally/range-table.ts';
import { addressKey } from '../../../src/util/address.ts';
import { emptyFolder } from '../../support/folders.ts';

const folder = emptyFolder();

const read = (flags: RawFlags, env: Record<string, string> = {}) =>
  readOptions({ database: 'sqlite:events.db', ...flags }, env).exceptions;
/** The exceptions as they hold at a look. */
const at = (flags: RawFlags, look = 0) => new Exceptions(read(flags), { first: look, now: look }, () => null);
const file = (text: string | Uint8Array) => {
  const path = join(folder, 'exceptions.txt');
  writeFileSync(path, text);
  return path;
};
const key = (hex: string) => addressKey(Buffer.from(hex, 'hex'));
const A = key('0a010105'); // 10.1.1.5
const B = key('cb007109'); // 203.0.113.9
const V6 = key('20010db8000000000000000000000001');
/** Whether a pair of these addresses is excluded. */
const isLeftOut = (flags: RawFlags, source = A, destination = B) =>
  at(flags).ruleOnPair({ source, destination }).countsFrom === Number.POSITIVE_INFINITY;

describe('ranges of addresses', () => {
  test.each<[string, boolean]>([
    ['10.1.1.5', true],
    ['10.1.1.5/32', true],
    ['10.0.0.0/8', true],
    ['0.0.0.0/0', true],
    ['10.1.1.4/31', true],
    ['10.1.1.6/31', false],
    ['11.0.0.0/8', false],
    // IPv4 mapped into IPv6 is IPv4, but the whole of IPv6 does not include IPv4.
    ['::ffff:10.1.1.5', true],
    ['::ffff:10.0.0.0/104', true],
    ['::/0', false],
  ])('%s has 10.1.1.5 in it: %s', (range, expected) => {
    expect(isLeftOut({ excludeSource: [range] })).toBe(expected);
    expect(isLeftOut({ includeSource: [range] })).toBe(!expected);
    expect(isLeftOut({ excludeDestination: [range] }, B, A)).toBe(expected);
  });

  test('of every length contain what ipaddr.js says they contain', () => {
    const address = fc.oneof(
      fc.constantFrom(4, 16).chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
      // Few different bytes, so that ranges and addresses meet.
      fc.array(fc.constantFrom(0, 1, 128, 255), { minLength: 4, maxLength: 4 }).map((bytes) => Uint8Array.from(bytes)),
    );
    const range = fc.tuple(address, fc.nat(128)).map(([bytes, bits]) => {
      const [network, prefixLength] = [ipaddr.fromByteArray([...bytes]), Math.min(bits, bytes.length * 8)];
      return { text: `${network}/${prefixLength}`, network, prefixLength };
    });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 60, size: 'max' }), address, (ranges, bytes) => {
        const ip = ipaddr.fromByteArray([...bytes]);
        const expected = ranges.filter(
          ({ network, prefixLength }) => network.kind() === ip.kind() && ip.match(network, prefixLength),
        );
        const found = new RangeTable(ranges).find(String.fromCharCode(...bytes));
        expect(new Set(found)).toEqual(new Set(expected));
        expect(found).toHaveLength(expected.length);
      }),
    );
  });

  test('of IPv6', () => {
    expect(isLeftOut({ excludeSource: ['2001:DB8::/32'] }, V6)).toBe(true);
    expect(isLeftOut({ excludeSource: ['2001:db8::1'] }, V6)).toBe(true);
    expect(isLeftOut({ excludeSource: ['2001:db8:1::/48'] }, V6)).toBe(false);
    expect(isLeftOut({ excludeSource: ['0.0.0.0/0'] }, V6)).toBe(false);
  });

  test('a source is not a destination', () => {
    expect(isLeftOut({ excludeSource: ['203.0.113.9'] })).toBe(false);
    expect(isLeftOut({ excludeDestination: ['10.1.1.5'] })).toBe(false);
  });

  test('an exclusion beats an inclusion', () => {
    expect(isLeftOut({ includeSource: ['10.0.0.0/8'], excludeSource: ['10.1.1.5'] })).toBe(true);
  });

  test('an unknown address is never a reason to exclude a pair', () => {
    expect(isLeftOut({ includeSource: ['10.0.0.0/8'], excludeSource: ['0.0.0.0/0', '::/0'] }, '')).toBe(false);
    expect(isLeftOut({ excludeDestination: ['0.0.0.0/0', '::/0'] }, A, '')).toBe(false);
  });

  test.each([
    ['10.0.0.0/33', 'prefix length'],
    ['10.0.0.0/', 'prefix length'],
    ['2001:db8::/129', 'prefix length'],
    ['10.1.2.3/8', '10.0.0.0/8 or 10.1.2.3/32'],
    ['2001:db8::1/32', '2001:db8::/32 or 2001:db8::1/128'],
    ['10.1', 'is not an address'],
    ['010.0.0.1', 'is not an address'],
    ['0x0a.1.1.5', 'is not an address'],
    ['fe80::1%eth0', 'is not an address'],
    ['10.0.0.0/8/8', 'is not an address'],
    ['example.com', 'is not an address'],
  ])('%s is refused', (range, message) => {
    expect(() => read({ excludeDestination: [range] })).toThrow(message);
    expect(() => read({ excludeDestination: [range] })).toThrow('--exclude-destination');
  });
});

describe('domains', () => {
  const isUnder = (domain: string, fqdn: string) =>
    at({ excludeDomain: [domain] }).ruleOnName(fqdn).countsFrom === Number.POSITIVE_INFINITY;

  test.each<[string, string, boolean]>([
    ['efscloud.net', 'efscloud.net', true],
    ['efscloud.net', 'a.b.EFSCloud.net.', true],
    ['EFSCloud.NET.', 'a.efscloud.net', true],
    ['.efscloud.net', 'efscloud.net', true],
    ['*.efscloud.net', 'a.efscloud.net', true],
    ['efscloud.net', 'notefscloud.net', false],
    ['efscloud.net', 'efscloud.net.example.com', false],
    ['efscloud.net', 'efscloud.net…', false],
    ['bücher.example', 'www.xn--bcher-kva.example', true],
    ['_tcp.example', 'x._tcp.example', true],
  ])('below %s is %s: %s', (domain, fqdn, expected) => {
    expect(isUnder(domain, fqdn)).toBe(expected);
  });

  test.each([
    '-',
    '10.1.1.5',
    '10.0.0.0/8',
    '2001:db8::1',
    'a..b',
    '*',
    'a*.net',
    'exa$mple.net',
    `${'a'.repeat(64)}.net`,
  ])('%s is refused', (domain) => {
    expect(() => read({ excludeDomain: [domain] })).toThrow('is not a domain');
  });
});

test('thousands of entries take about the time of one', () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `a.b.host${index}.example.net`);
  const addresses = Array.from({ length: 20_000 }, (_, index) =>
    key((0x0a00_0000 + index).toString(16).padStart(8, '0')),
  );
  const seconds = (entries: number) => {
    const flags = {
      excludeDomain: Array.from({ length: entries }, (_, index) => `d${index}.example.org`),
      excludeSource: Array.from({ length: entries }, (_, index) => `172.${16 + (index >> 8)}.${index & 255}.0/24`),
    };
    const rules = read(flags);
    const started = performance.now();
    const exceptions = new Exceptions(rules, { first: 0, now: 0 }, () => null);
    for (const name of names) exceptions.ruleOnName(name);
    for (const source of addresses) exceptions.ruleOnPair({ source, destination: B });
    return performance.now() - started;
  };
  seconds(1);
  const [one, many] = [seconds(1), seconds(2000)];
  // Entry by entry they took about 300 times as long; the limit leaves room for a busy machine.
  expect(many).toBeLessThan(20 * one);
});

describe('lists', () => {
  test('are divided by spaces, commas and semicolons, in flags as in the environment', () => {
    const { exceptions } = read(
      { excludeDestination: ['10.0.0.0/8,172.16.0.0/12', '192.168.0.0/16'] },
      { LEAKTALLY_EXCLUDE_DOMAIN: ' a.example;b.example,  c.example ' },
    );
    expect(exceptions.map(({ text }) => text)).toEqual([
      ...['destination 10.0.0.0/8', 'destination 172.16.0.0/12', 'destination 192.168.0.0/16'],
      ...['domain a.example', 'domain b.example', 'domain c.example'],
    ]);
  });

  test.each(['AS64496', 'as64496', '64496'])('%s is an AS', (as) => {
    const { exceptions } = read({ excludeAs: [as], ipDatabase: ['as.mmdb'] });
    expect(exceptions).toMatchObject([{ text: 'as AS64496', subject: { kind: 'as', number: 64_496 }, line: null }]);
  });

  test.each(['AS', '4294967296', 'AS-1', '1.10', 'ASN64496'])('%s is none', (as) => {
    expect(() => read({ excludeAs: [as], ipDatabase: ['as.mmdb'] })).toThrow(
      `--exclude-as: ${JSON.stringify(as)} is not an AS`,
    );
  });

  test('without an IP database nobody knows an AS', () => {
    expect(() => read({ excludeAs: ['AS64496'] })).toThrow('--exclude-as needs --ip-database');
    const exceptions = file('10.0.0.0/8\nas AS64496 above 5GB\n');
    expect(() => read({ exceptions })).toThrow('exceptions.txt, line 2: as AS64496 needs --ip-database');
    const many = file(`10.0.0.0/8\n${'as AS64496\n'.repeat(300)}`);
    expect(() => read({ exceptions: many })).toThrow(
      /^\S+exceptions\.txt, line 2 \(and 299 more lines\): as AS64496 needs --ip-database: [^\n]+$/,
    );
  });
});

describe('the exceptions file', () => {
  const ipDatabase = ['as.mmdb'];
  /** Its lines as they were understood. */
  const lines = (text: string | Uint8Array, flags: RawFlags = {}) => {
    const all = 'source,destination,domain';
    const { exceptions } = read({ exceptions: file(text), ipDatabase, groupBy: all, ...flags });
    return exceptions.map(({ text, aboveBytes, endsAt, line }) => [line?.number, text, aboveBytes, endsAt]);
  };
  const NEVER = Number.POSITIVE_INFINITY;
  const END = Date.parse('2026-02-01T00:00:00Z') / 1000;

  test('has one exception a line, with comments, in the order of the lines', () => {
    const text =
      '\uFEFF# inside\r\n10.0.0.0/8\r\n\r\n  2001:db8::/32  # v6\r\nsource 10.9.9.9 above 5 GB until 2026-01-31 # backup\rdomain efscloud.net\n*.backup.example until 2026-01-31\ndestination 1.2.3.4\nas AS64496 above 1MiB#x';
    expect(lines(text)).toEqual([
      [2, 'destination 10.0.0.0/8', null, NEVER],
      [4, 'destination 2001:db8::/32', null, NEVER],
      [5, 'source 10.9.9.9', 5_000_000_000, END],
      [6, 'domain efscloud.net', null, NEVER],
      [7, 'domain backup.example', null, END],
      [8, 'destination 1.2.3.4', null, NEVER],
      [9, 'as AS64496', 2 ** 20, NEVER],
    ]);
  });

  test.each([
    ['203.0.113.9', 'destination 203.0.113.9'],
    ['::ffff:0:0/96', 'destination ::ffff:0:0/96'],
    ['2001:db8::1', 'destination 2001:db8::1'],
    ['source  10.1.1.5', 'source 10.1.1.5'],
    ['source\t10.1.1.5', 'source 10.1.1.5'],
    ['x.3com.net', 'domain x.3com.net'],
    ['3com.net', 'domain 3com.net'],
    ['domain  3com.net', 'domain 3com.net'],
    ['domain as64496', 'domain as64496'],
    ['bücher.example', 'domain xn--bcher-kva.example'],
    ['as 64496', 'as AS64496'],
  ])('the line %s is %s', (line, expected) => {
    expect(lines(line)).toEqual([[1, expected, null, NEVER]]);
  });

  test('a comment ends where the line ends, whatever else breaks lines elsewhere', () => {
    expect(lines('# not\u2028example.net\nalpha.net # until\u2029beta.net\x0b#\n')).toEqual([
      [2, 'domain alpha.net', null, NEVER],
    ]);
  });

  test('any number of lines may match the same pair', () => {
    const repeated = (line: string) => file(`${line}\n`.repeat(200_000));
    expect(isLeftOut({ exceptions: repeated('203.0.113.9') })).toBe(true);
    const names = at({ exceptions: repeated('efscloud.net above 5GB') });
    expect(names.ruleOnName('www.efscloud.net').thresholds).toHaveLength(200_000);
  });

  test('all of IPv4 in the form of IPv6 is all of IPv4', () => {
    const exceptions = file('::ffff:0:0/96\n');
    expect(isLeftOut({ exceptions })).toBe(true);
    expect(isLeftOut({ exceptions }, A, V6)).toBe(false);
  });

  test.each([
    '10.0.0.0/99',
    'source here and there',
    'host 10.1.1.1',
    'domain 10.1.1.1',
    '10.1.1',
    'source',
    'domain',
    'as',
    'AS64496',
    'as AS',
    'above 5GB',
    '10.0.0.0/8 above',
    '10.0.0.0/8 above much',
    '10.0.0.0/8 above 5GB until',
    '10.0.0.0/8 above 5Gb',
    '10.0.0.0/8 until',
    '10.0.0.0/8 until tomorrow',
    '10.0.0.0/8 until 2026-02-30',
    '10.0.0.0/8 until 2026-1-31',
    '10.0.0.0/8 until 2026-01-31 above 5GB',
    '10.0.0.0/8 until 2026-01-31T00:00Z',
    '10.0.0.0/8 10.1.0.0/16',
    '10.0.0.0/8 above 5GB until 2026-01-31 or so',
    'above above above',
  ])('the line %s is a fault with its number', (line) => {
    expect(() => lines(`10.0.0.0/8\n${line}\n`)).toThrow(/^[^\n]*exceptions\.txt, line 2: [^\n]+$/);
  });

  test.each([
    ['source 10.0.0.0/8 above 5GB', 'destination', 'source'],
    ['10.0.0.0/8 above 5GB', 'source,domain', 'destination'],
    ['example.net above 5GB', 'source', 'domain or destination'],
    ['as AS64496 above 5GB', 'source,domain', 'as or destination'],
  ])('the line %s needs what --group-by %s lacks', (line, groupBy, missing) => {
    expect(() => lines(line, { groupBy })).toThrow(`line 1: "${line}" needs ${missing} in --group-by`);
    expect(lines(line, { groupBy: 'source,destination' })).toHaveLength(1);
    expect(lines(line.replace('above 5GB', ''), { groupBy })).toHaveLength(1);
  });

  test('all faults are reported at once, with those of the options', () => {
    const exceptions = file('10.0.0.0/8\n10.0.0.0/99\nsource here and there\nas AS1\nx above 1GB\n');
    const faults = () => read({ exceptions, groupBy: 'source', threshold: 'much' });
    for (const part of ['line 2: ', 'line 3: ', 'line 4: ', 'line 5: ', '--threshold']) expect(faults).toThrow(part);
    expect(faults).not.toThrow('line 1:');
  });

  test('of very many faults the first hundred are listed', () => {
    const faults = faultsOf(`${'? '.repeat(5000)}\n`.repeat(1000));
    expect(faults).toHaveLength(101);
    expect(faults.at(-1)).toContain('900 more faulty lines');
    for (const fault of faults) expect(fault.length).toBeLessThan(folder.length + 300);
  });

  test.each<[string, Uint8Array]>([
    ['NUL bytes', Buffer.from('10.0.0.0/8\n', 'utf16le')],
    ['not UTF-8', Buffer.from([0x62, 0xfc, 0x63, 0x68])],
  ])('a file that is no text is one fault: %s', (reason, bytes) => {
    expect(faultsOf(bytes)).toEqual([expect.stringContaining(reason)]);
  });

  test('a missing file is a fault, not an empty list', () => {
    expect(() => read({ exceptions: join(folder, 'none.txt') })).toThrow(
      'none.txt cannot be read (no such file or directory); check',
    );
  });

  test('whatever its bytes are, it is understood, or each fault is one line', () => {
    const words = fc.constantFrom(
      ...[
        'source',
        'destination',
        'domain',
        'as',
        'above',
        'until',
        '#',
        '10.0.0.0/8',
        '2001:db8::/32',
        'efscloud.net',
      ],
      ...[
        'AS64496',
        '5GB',
        '2026-01-31',
        '\n',
        '\r',
        '\t',
        ' ',
        '\u202e',
        '\u0000',
        '\u001b[2J',
        '\uFEFF',
        '__proto__',
      ],
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400, size: 'max' }),
      fc.string({ unit: 'binary', maxLength: 200, size: 'max' }).map((text) => Buffer.from(text)),
      fc.array(words, { maxLength: 40, size: 'max' }).map((parts) => Buffer.from(parts.join(' '))),
    );
    fc.assert(
      fc.property(bytes, (content) => {
        for (const fault of faultsOf(content)) {
          expect(fault).toContain('exceptions.txt');
          expect(describeError(new UsageError([fault]), false)).toMatch(/^leaktally: [^\p{Cc}\p{Cf}]+\n$/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  /** What is wrong with a file. */
  function faultsOf(content: string | Uint8Array): readonly string[] {
    try {
      read({ exceptions: file(content), ipDatabase, groupBy: 'source,destination,domain' });
      return [];
    } catch (error) {
      if (error instanceof UsageError) return error.faults;
      throw error;
    }
  }
});

test('exceptions that matched nothing, and those that ended, are known afterwards', () => {
  const look = Date.parse('2026-02-01') / 1000;
  const flags = {
    includeSource: ['10.0.0.0/8', '172.16.0.0/12'],
    excludeDestination: ['203.0.113.0/24', '203.0.113.9', '198.51.100.0/24'],
    excludeDomain: ['a.example', 'b.example'],
    exceptions: file('source 10.1.1.5 above 5GB\nsource 10.1.1.6 above 5GB\n198.51.100.7 until 2026-01-31\n'),
  };
  const exceptions = at(flags, look);
  exceptions.ruleOnPair({ source: A, destination: B });
  exceptions.ruleOnName('x.a.example');
  expect(exceptions.unused()).toEqual([
    ...['source 172.16.0.0/12', 'destination 198.51.100.0/24', 'domain b.example'],
    `source 10.1.1.6 (${flags.exceptions}, line 2)`,
  ]);
  const ended = (time: number) => endedExceptions(read(flags), time).map(describeException);
  expect(ended(look)).toEqual([`destination 198.51.100.7 (${flags.exceptions}, line 3, until 2026-01-31)`]);
  expect(ended(look - 1)).toEqual([]);
});
