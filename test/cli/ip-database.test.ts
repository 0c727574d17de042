import { expect, test } from 'vitest';
import { demoIpDatabase } from '../../src/scrutinizer/demo-ip-database.ts';
import { DEMO_MMDB, demoSource } from '../support/builders/demo-ip-records.ts';
import { CYCLIC_MMDB } from '../support/builders/mmdb.ts';
import { mmdbFile, mmdbFileOf } from '../support/builders/mmdb-file.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';
import { mmdblookup } from '../support/servers/mmdblookup.ts';

const EXAMPLE = { autonomous_system_number: 64_500, autonomous_system_organization: 'Other Hosting' };
const COUNTRY = { country: { iso_code: 'FR' } };
test("the sample day's own database is what the test helper writes, and mmdblookup reads it", () => {
  expect(demoIpDatabase().equals(DEMO_MMDB), `write ${demoSource()} into it`).toBe(true);
  const file = mmdbFile(demoIpDatabase());
  expect(mmdblookup(file, '203.0.113.9', 'as_name')).toContain('"Example Hosting"');
  expect(mmdblookup(file, '2001:db8:ffff::1:9', 'asn')).toContain('"AS64497"');
});

test('files that are given are asked before it, AS and country apart', async () => {
  const asn = mmdbFileOf({ '203.0.113.0/24': EXAMPLE });
  const country = mmdbFileOf({ '198.51.100.0/24': COUNTRY }, { databaseType: 'Example-Country' });
  const { code, stdout, stderr } = await leaktally(['--demo', '--ip-database', asn, country]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^10\.1\.1\.5 .*\n.*\n +AS64500 Other Hosting, NL$/m);
  expect(stdout).toMatch(/^10\.1\.4\.23 .*\n.*\n +AS64497 Example Cloud, FR$/m);
  const env = { LEAKTALLY_IP_DATABASE: `${asn}; ${country}` };
  expect((await leaktally(['--demo'], { env })).stdout).toBe(stdout);
});

test('a file that cannot be used ends the run with one line each and exit code 2', async () => {
  const [text, other] = [mmdbFile(Buffer.from('a,b\n')), mmdbFileOf({}, { databaseType: 'Test' })];
  const missing = `${emptyFolder()}/missing.mmdb`;
  const { code, stdout, stderr } = await leaktally(['--demo', '--ip-database', missing, text, other]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.split('\n')).toEqual([
    `leaktally: IP database ${missing} cannot be read (no such file or directory); check the path and its permissions`,
    `leaktally: IP database ${text} is damaged, or no MaxMind DB file (.mmdb): download it again`,
    expect.stringMatching(/^leaktally: IP database \S+ is of type "Test", which has neither AS nor countries: use /),
    '',
  ]);
});

test('damage that only a look-up meets is one line too', async () => {
  const { code, stdout, stderr } = await leaktally(['--demo', '--ip-database', mmdbFile(CYCLIC_MMDB)]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^leaktally: IP database \S+ is damaged, .*: download it again\n$/);
});

test('grouping by AS and excluding it need a file that has it', async () => {
  const country = mmdbFileOf({ '203.0.113.0/24': COUNTRY }, { databaseType: 'Example-Country' });
  for (const args of [
    ['--group-by', 'as'],
    ['--exclude-as', 'AS64496'],
  ]) {
    const database = ['--database', 'sqlite:events.db', '--dry-run', ...args];
    const without = await leaktally(database);
    expect(without).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^leaktally: [^\n]+ needs --ip-database[^\n]*\n$/),
    });
    const other = await leaktally([...database, '--ip-database', country]);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/^leaktally: no IP database has [^\n]+\n$/) });
  }
});

test('--debug says of what type each file is, and how old', async () => {
  const file = mmdbFileOf({}, { databaseType: 'Example-ASN\u001b', buildEpoch: 1_700_000_000 });
  const { stderr } = await leaktally(['--demo', '--debug', '--ip-database', file]);
  expect(stderr).toMatch(/^leaktally: IP database \S+: Example-ASN\?, built 2023-11-14 \(\d+ days ago\)$/m);
});

test('the sample day grouped by AS: every IPv6 address and name of a cloud is one leak', async () => {
  const { stdout } = await leaktally(['--demo', '--group-by', 'as', '--format', 'json']);
  const { leaks } = JSON.parse(stdout) as { leaks: { as: { number: number }; bytes: number }[] };
  expect(leaks).toMatchObject([
    {
      ...{ source: null, destination: null, domain: null, bytes: 697_800_000 },
      ...{ as: { number: 64_497, organization: 'Example Cloud' }, country: 'US', destinations: { count: 15 } },
    },
    { as: { number: 64_496, organization: 'Example Hosting' }, country: 'NL', bytes: 275_700_000 },
    { as: { number: 64_499 }, destinations: { count: 1, top: [{ address: '192.0.2.200', country: 'DE' }] } },
  ]);
});
