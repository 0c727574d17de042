import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import type { AddressKey } from '../../../src/model.ts';
import { openIpDatabases } from '../../../src/tally/ip-database.ts';
import { addressKey, parseAddress } from '../../../src/util/address.ts';
import { type MmdbValue, mmdb, withRecord } from '../../support/builders/mmdb.ts';
import { mmdbFile, mmdbFileOf } from '../../support/builders/mmdb-file.ts';
import { emptyFolder } from '../../support/folders.ts';
import { mmdblookup } from '../../support/servers/mmdblookup.ts';

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

const EXAMPLE = { autonomous_system_number: 64_496, autonomous_system_organization: 'Example Hosting' };
const OTHER = { autonomous_system_number: 64_511, autonomous_system_organization: 'Other Hosting' };
const RECORDS = {
  '198.51.100.0/24': EXAMPLE,
  '198.51.100.128/25': OTHER,
  '203.0.113.7/32': EXAMPLE,
  '2001:db8:1::/48': EXAMPLE,
  '2001:db8:1:2::/64': OTHER,
};

const key = (address: string): AddressKey => addressKey(parseAddress(address));

/** What the file says of 198.51.100.1, in a record such as this. */
async function factsOf(record: MmdbValue, databaseType = 'Example-City') {
  const databases = await openIpDatabases([mmdbFileOf({ '198.51.100.0/24': record }, { databaseType })]);
  return { as: databases.asOf(key('198.51.100.1')), country: databases.countryOf(key('198.51.100.1')) };
}

const faultsOf = (paths: readonly string[]): Promise<readonly string[]> =>
  openIpDatabases(paths).then(
    () => [],
    (error) => (error instanceof UsageError ? error.faults : [`${error}`]),
  );

const ADDRESSES = [
  '198.51.100.1',
  '198.51.100.127',
  '198.51.100.128',
  '198.51.99.255',
  '203.0.113.6',
  '203.0.113.7',
  '2001:db8:1::1',
  '2001:db8:1:2::1',
  '2001:db8:2::1',
];

test.each([24, 28, 32] as const)('finds what mmdblookup finds, with records of %i bits', async (recordSize) => {
  const path = mmdbFileOf(RECORDS, { recordSize });
  const databases = await openIpDatabases([path]);
  for (const address of ADDRESSES) {
    const number = /(\d+) <uint32>/.exec(mmdblookup(path, address, 'autonomous_system_number'))?.[1];
    expect([address, `${databases.asOf(key(address))?.number}`]).toEqual([address, `${number}`]);
  }
});

test('finds IPv4 addresses in a database for IPv4, which knows no IPv6 address', async () => {
  // 2001:db8:: begins with the bits of 32.1.13.184.
  const records = { '32.0.0.0/8': OTHER, '198.51.100.0/24': EXAMPLE };
  const databases = await openIpDatabases([mmdbFileOf(records, { ipVersion: 4 })]);
  expect(databases.asOf(key('32.1.2.3'))?.number).toBe(64_511);
  expect(databases.asOf(key('::ffff:198.51.100.9'))?.number).toBe(64_496);
  expect(databases.asOf(key('2001:db8::1'))).toBeNull();
});

test.each<[string, MmdbValue, string]>([
  ['MaxMind and DB-IP, ASN and ISP', { ...EXAMPLE, isp: 'Other' }, 'AS64496 Example Hosting -'],
  ['MaxMind, Enterprise', { traits: EXAMPLE, country: { iso_code: 'NL' } }, 'AS64496 Example Hosting NL'],
  ['MaxMind and DB-IP, Country and City', { country: { iso_code: 'NL', names: { en: 'Netherlands' } } }, '- NL'],
  [
    'IPinfo, Lite',
    { asn: 'AS64496', as_name: 'Example Hosting', country: 'Netherlands', country_code: 'NL' },
    'AS64496 Example Hosting NL',
  ],
  [
    'IPinfo, older free files',
    { asn: 'AS64496', name: 'Example Hosting', country: 'NL' },
    'AS64496 Example Hosting NL',
  ],
  ['an AS without a name', { autonomous_system_number: 64_496 }, 'AS64496 - -'],
  ['the largest AS', { autonomous_system_number: 4_294_967_295 }, 'AS4294967295 - -'],
  ['no AS, as RFC 7607 has it', { autonomous_system_number: 0 }, '- -'],
  ['values of other types', { autonomous_system_number: 'x', asn: true, country: ['NL'], country_code: 7 }, '- -'],
  ['a record that is no map', 'text', '- -'],
  ['a code that is none', { country: { iso_code: 'Netherlands' }, country_code: '<b' }, '- -'],
])('reads %s', async (_, record, expected) => {
  const { as, country } = await factsOf(record);
  expect(`${as ? `AS${as.number} ${as.organization ?? '-'}` : '-'} ${country ?? '-'}`).toBe(expected);
});

test('an organization is cleaned and shortened', async () => {
  const { as } = await factsOf({ autonomous_system_number: 1, autonomous_system_organization: ' a\x1b[31m\u202e\nb ' });
  expect(as?.organization).toBe('a?[31m??b');
  const long = await factsOf({ autonomous_system_number: 1, autonomous_system_organization: '😀'.repeat(200) });
  expect(long.as?.organization).toBe(`${'😀'.repeat(99)}…`);
});

test('for AS and country apart, the first file that knows an address answers', async () => {
  const paths = [
    mmdbFileOf({ '198.51.100.0/25': { country: { iso_code: 'NL' } } }, { databaseType: 'Example-Country' }),
    mmdbFileOf({ '198.51.100.0/24': EXAMPLE }),
    mmdbFileOf({ '198.51.0.0/16': { asn: 'AS64511', country_code: 'DE' } }, { databaseType: 'ipinfo lite' }),
  ];
  const databases = await openIpDatabases(paths);
  const facts = ['198.51.100.1', '198.51.100.200', '198.51.7.7', '203.0.113.1'].map((address) => [
    databases.asOf(key(address))?.number,
    databases.countryOf(key(address)),
  ]);
  expect(facts).toEqual([
    [64_496, 'NL'],
    [64_496, 'DE'],
    [64_511, 'DE'],
    [undefined, null],
  ]);
});

test.each(['10.1.1.5', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.0.1', '127.0.0.1', 'fd00::1', 'fe80::1'])(
  '%s has no AS and no country, whatever a file says',
  async (address) => {
    const databases = await openIpDatabases([
      mmdbFileOf({ '0.0.0.0/1': EXAMPLE, '128.0.0.0/1': EXAMPLE, '8000::/1': EXAMPLE }),
    ]);
    expect(databases.asOf(key('198.51.100.1'))?.number).toBe(64_496);
    expect(databases.asOf(key('a000::1'))?.number).toBe(64_496);
    expect(databases.asOf(key(address))).toBeNull();
    expect(databases.asOf('')).toBeNull();
  },
);

test('tells type and age of each file', async () => {
  const path = mmdbFileOf({}, { databaseType: 'DBIP-ASN-Lite (compat=GeoLite2-ASN)' });
  const { files } = await openIpDatabases([path]);
  expect(files).toMatchObject([
    { path, databaseType: 'DBIP-ASN-Lite (compat=GeoLite2-ASN)', builtAt: 1_763_900_000, hasAs: true },
  ]);
});

test('names every file that cannot be used, each in one line', async () => {
  const missing = join(emptyFolder('mmdb'), 'missing.mmdb');
  const folder = emptyFolder('mmdb');
  const text = mmdbFile(Buffer.from('network,autonomous_system_number\n'));
  const other = mmdbFileOf(RECORDS, { databaseType: 'Example-Domain\n' });
  expect(await faultsOf([missing, folder, text, mmdbFileOf(RECORDS), other])).toEqual([
    `IP database ${missing} cannot be read (no such file or directory); check the path and its permissions`,
    `IP database ${folder} cannot be read (not a regular file); check the path and its permissions`,
    `IP database ${text} is damaged, or no MaxMind DB file (.mmdb): download it again`,
    `IP database ${other} is of type "Example-Domain?", which has neither AS nor countries: use one of type ASN, ISP, Country, City, Enterprise or ipinfo`,
  ]);
});

/** A map of two entries that both point to the next map, which doubles the values with each step. */
const DOUBLING = Array.from({ length: 60 }, (_, step) => {
  const next = (step + 1) * 9;
  const pointer = [0x20 | (next >> 8), next & 255];
  return [0xe2, 0x41, 0x61, ...pointer, 0x41, 0x62, ...pointer];
}).flat();

test.each<[string, readonly number[]]>([
  ['points to itself', [0x20, 0x00]],
  ['holds a list that holds itself', [0x01, 0x04, 0x20, 0x00]],
  ['doubles with each step', [...DOUBLING, 0x40]],
  ['nests large lists', Array.from({ length: 200 }, () => [0x1f, 0x04, 0xff, 0xff, 0xff]).flat()],
  ['points outside the file', [0x3f, 0x7f, 0xff, 0xff, 0xff]],
  ['is text beyond the end of the file', [0x5f, 0xff, 0xff, 0xff]],
  ['is of no known type', [0x00, 0x20]],
])('a record that %s is an error of one line', async (_, data) => {
  const path = mmdbFile(withRecord('198.51.100.0/24', data));
  const databases = await openIpDatabases([path]);
  expect(databases.asOf(key('203.0.113.1'))).toBeNull();
  expect(() => databases.countryOf(key('198.51.100.1'))).toThrow(UsageError);
  expect(() => databases.countryOf(key('198.51.100.1'))).toThrow(
    /^IP database \S+ is damaged, or no MaxMind DB file \(\.mmdb\): download it again$/,
  );
});

test('metadata that points to itself is an error of one line', async () => {
  const path = mmdbFile(Buffer.concat([Buffer.alloc(64), MARKER, Buffer.from([0x20, 0x00])]));
  expect(await faultsOf([path])).toHaveLength(1);
});

/** Opens the file and looks everything up: at most one fault, and it has one line. */
async function checkDamaged(bytes: Buffer): Promise<void> {
  const path = mmdbFile(bytes);
  let faults = await faultsOf([path]);
  if (faults.length === 0) {
    const databases = await openIpDatabases([path]);
    try {
      for (const address of ADDRESSES) expect(databases.countryOf(key(address)) ?? 'NL').toMatch(/^[A-Z]{2}$/);
    } catch (error) {
      faults = (error as UsageError).faults;
    }
  }
  expect(faults.length).toBeLessThanOrEqual(1);
  expect(faults.every((line) => line.startsWith(`IP database ${path} `) && !line.includes('\n'))).toBe(true);
}

test('any bytes end in one line, with and without the marker of the format', async () => {
  const bytes = fc.uint8Array({ maxLength: 300, size: 'max' });
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (head, tail) => {
      await checkDamaged(Buffer.from(head));
      await checkDamaged(Buffer.concat([head, MARKER, tail]));
    }),
  );
});

test('a database of which any bytes are wrong, missing or too many ends in one line', async () => {
  const whole = mmdb({ ...RECORDS, '203.0.113.0/29': { country: { iso_code: 'NL' }, list: ['a', 'b'] } });
  const at = fc.nat(whole.length - 1);
  const damage = fc.array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 8, size: 'max' });
  await fc.assert(
    fc.asyncProperty(damage, at, at, async (changes, from, to) => {
      const changed = Buffer.from(whole);
      for (const [offset, byte] of changes) changed[offset] = byte;
      await checkDamaged(changed);
      await checkDamaged(Buffer.concat([whole.subarray(0, from), whole.subarray(to)]));
    }),
    { numRuns: 300 },
  );
});
