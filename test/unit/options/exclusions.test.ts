import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { Exclusions } from '../../../src/tally/exclusions.ts';
import { RangeTable } from '../../../src/tally/range-table.ts';
import { addressKey } from '../../../src/util/address.ts';
import { emptyFolder } from '../../support/folders.ts';

const folder = emptyFolder();

const read = (flags: RawFlags, env: Record<string, string> = {}) =>
  readOptions({ database: 'sqlite:events.db', ...flags }, env).exclusions;
const file = (text: string) => {
  const path = join(folder, 'exclude.txt');
  writeFileSync(path, text);
  return path;
};
const key = (hex: string) => addressKey(Buffer.from(hex, 'hex'));
const A = key('0a010105'); // 10.1.1.5
const B = key('cb007109'); // 203.0.113.9
const V6 = key('20010db8000000000000000000000001');
/** Whether a pair of these addresses is excluded. */
const isLeftOut = (flags: RawFlags, source = A, destination = B) =>
  new Exclusions(read(flags)).isExcludedByAddress({ source, destination });

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
    new Exclusions(read({ excludeDomain: [domain] })).isUnderSuffix(fqdn);

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
    const exclusions = new Exclusions(rules);
    for (const name of names) exclusions.isUnderSuffix(name);
    for (const source of addresses) exclusions.isExcludedByAddress({ source, destination: B });
    return performance.now() - started;
  };
  seconds(1);
  const [one, many] = [seconds(1), seconds(2000)];
  // Entry by entry they took about 300 times as long; the limit leaves room for a busy machine.
  expect(many).toBeLessThan(20 * one);
});

describe('lists', () => {
  test('are divided by spaces, commas and semicolons, in flags as in the environment', () => {
    const { excludeDestinations, excludeDomains } = read(
      { excludeDestination: ['10.0.0.0/8,172.16.0.0/12', '192.168.0.0/16'] },
      { LEAKTALLY_EXCLUDE_DOMAIN: ' a.example;b.example,  c.example ' },
    );
    expect(excludeDestinations.map(({ text }) => text)).toEqual(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']);
    expect(excludeDomains).toEqual(['a.example', 'b.example', 'c.example']);
  });

  test('a file has one entry per line, with comments, and adds to the flags', () => {
    const excludeFile = file(
      '\uFEFF# inside\r\n10.0.0.0/8\r\n\r\n  2001:db8::/32  # v6\r\nsource 10.9.9.9\ndomain efscloud.net\n*.backup.example\ndestination 1.2.3.4\n',
    );
    const rules = read({ excludeFile, excludeDestination: ['192.168.0.0/16'] });
    expect(rules.excludeDestinations.map(({ text }) => text)).toEqual([
      '192.168.0.0/16',
      '10.0.0.0/8',
      '2001:db8::/32',
      '1.2.3.4',
    ]);
    expect(rules.excludeSources.map(({ text }) => text)).toEqual(['10.9.9.9']);
    expect(rules.excludeDomains).toEqual(['efscloud.net', 'backup.example']);
    expect(rules.includeSources).toEqual([]);
  });

  test.each([
    ['203.0.113.9', 'destination'],
    ['::ffff:0:0/96', 'destination'],
    ['2001:db8::1', 'destination'],
    ['source  10.1.1.5', 'source'],
    ['source\t10.1.1.5', 'source'],
    ['x.3com.net', 'domain'],
    ['3com.net', 'domain'],
    ['domain  3com.net', 'domain'],
  ])('the line %s is a %s', (line, kind) => {
    const rules = read({ excludeFile: file(`${line}\n`) });
    const text = line.split(/\s+/).at(-1);
    expect({
      destination: rules.excludeDestinations.map((range) => range.text),
      source: rules.excludeSources.map((range) => range.text),
      domain: rules.excludeDomains,
    }).toEqual({ destination: [], source: [], domain: [], [kind]: [text] });
  });

  test('all of IPv4 in the form of IPv6 is all of IPv4', () => {
    const excludeFile = file('::ffff:0:0/96\n');
    expect(isLeftOut({ excludeFile })).toBe(true);
    expect(isLeftOut({ excludeFile }, A, V6)).toBe(false);
  });

  test('all faults in a file are reported at once, each with its line', () => {
    const excludeFile = file(
      '10.0.0.0/8\n10.0.0.0/99\nsource here and there\nhost 10.1.1.1\ndomain 10.1.1.1\n10.1.1\n',
    );
    const faults = () => read({ excludeFile });
    for (const line of [2, 3, 4, 5, 6]) expect(faults).toThrow(`exclude.txt, line ${line}: `);
    expect(faults).not.toThrow('line 1:');
  });

  test('a missing file is a fault, not an empty list', () => {
    expect(() => read({ excludeFile: join(folder, 'none.txt') })).toThrow('none.txt cannot be read (ENOENT)');
  });
});

describe('autonomous systems', () => {
  const asOf = (address: string) => (address === B ? { number: 64_496, organization: null } : null);
  const isExcluded = (destination: string, excludeAs: readonly string[]) => {
    const rules = read({ excludeAs, ipDatabase: ['asn.mmdb'] });
    return new Exclusions(rules, asOf).addressExclusion({ source: B, destination });
  };

  test('leave out what goes to them, and nothing that comes from them', () => {
    expect(isExcluded(B, ['AS64496'])).toBe('as AS64496');
    expect(isExcluded(B, ['64511,as64496'])).toBe('as AS64496');
    expect(isExcluded(B, ['AS64511'])).toBeNull();
    expect(isExcluded(A, ['AS64496'])).toBeNull();
    expect(isExcluded('', ['AS64496'])).toBeNull();
  });

  test.each(['AS0', '0', 'AS4294967296', 'ASN1', '64.496', '-1', 'example.net'])('%s is none', (text) => {
    expect(() => read({ excludeAs: [text], ipDatabase: ['asn.mmdb'] })).toThrow(
      `--exclude-as: "${text}" is not an AS number such as AS64496`,
    );
  });

  test('are known only from an IP database', () => {
    expect(() => read({ excludeAs: ['AS64496'] })).toThrow('--exclude-as needs --ip-database');
    expect(() => read({}, { LEAKTALLY_EXCLUDE_AS: 'AS64496' })).toThrow('--exclude-as needs --ip-database');
  });
});

test('entries that matched nothing are known afterwards', () => {
  const exclusions = new Exclusions(
    read({
      includeSource: ['10.0.0.0/8', '172.16.0.0/12'],
      excludeDestination: ['203.0.113.0/24', '203.0.113.9', '198.51.100.0/24'],
      excludeDomain: ['a.example', 'b.example'],
      excludeAs: ['AS64496', '64511'],
      ipDatabase: ['asn.mmdb'],
    }),
    () => ({ number: 64_511, organization: null }),
  );
  exclusions.isExcludedByAddress({ source: A, destination: B });
  exclusions.isUnderSuffix('x.a.example');
  expect(exclusions.unused()).toEqual(['172.16.0.0/12', '198.51.100.0/24', 'b.example', 'AS64496']);
});
