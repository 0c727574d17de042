import { expect } from 'vitest';
import { addressBytes, insertEvents, insertName, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { parseCsv } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';
import { parseAlert } from '../support/receivers/parse-alert.ts';
import { recordsFromNow } from '../support/receivers/rsyslog-records.ts';

/** Each ends with a part that must stay readable. */
const HOSTILE = {
  escape: '\x1b[2J\x1b]0;owned\x07a.example.net',
  'line feed': 'x\n<174>Nov 24 00:00:00 forged DATAEXFIL[1]: b.example.net',
  'carriage return': 'x\r\nc.example.net',
  'right-to-left override': 'x\u202egpj.d.example.net',
  'next line, line separator': 'x\u0085\u2028\u2029e.example.net',
  semicolon: 'x; Rule: other; Alert: 0; f.example.net',
  comma: 'x, other.example.org, g.example.net',
  'zero byte, delete, C1': 'x\0\x7f\x9bh.example.net',
  'octet counting': 'x\n3000 i.example.net',
} as const;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const test = base
  /** Inserts a leak from this address a minute ago. @returns now */
  .extend('leakFrom', ({ database }) => async (source: string) => {
    const now = await database.now();
    await insertEvents(database, [{ epoch: now - 60, source, bytes: 101 * MB }]);
    return now;
  })
  .extend('alertOver', ({ database, rsyslog }) => async (transport: string) => {
    const newRecords = await recordsFromNow(rsyslog);
    const { code } = await runOn(database, ['--syslog', `${transport}://127.0.0.1:${rsyslog.port}`]);
    expect(code).toBe(0);
    return newRecords();
  });

test.for([
  ['udp', '10.20.0.1'],
  ['tcp', '10.20.0.2'],
] as const)(
  'hostile names make one harmless record over %s',
  async ([transport, source], { database, leakFrom, alertOver }) => {
    const now = await leakFrom(source);
    const names = Object.values(HOSTILE);
    for (const name of names) await insertName(database, source, '203.0.113.9', name, now - 60);

    const records = await alertOver(transport);
    expect(records).toHaveLength(1);
    const [record = ''] = records;
    expect(record).not.toMatch(UNSAFE);
    expect(record).not.toMatch(/#\d{3}/); // how rsyslog would write a control character
    const alert = parseAlert(record);
    expect(alert['Source IP']).toBe(source);
    expect(alert.FQDN.split(', ')).toHaveLength(names.length);
    for (const letter of 'abcdefghi') expect(alert.FQDN).toContain(`${letter}.example.net`);
  },
);

test.for(Object.entries(HOSTILE))('a name with %s is shown harmlessly', async ([, name], { database, leakFrom }) => {
  const now = await leakFrom('10.20.0.3');
  await insertName(database, '10.20.0.3', '203.0.113.9', name, now - 60);
  const visible = /[a-i]\.example\.net$/.exec(name)?.[0] as string;

  const { leaks } = await reportOf(database, ['--dry-run']);
  expect(leaks[0]?.fqdns).toEqual([expect.stringContaining(visible)]);
  expect(leaks[0]?.fqdns[0]).not.toMatch(UNSAFE);

  const csv = (await runOn(database, ['--dry-run', '--format', 'csv'])).stdout;
  expect(parseCsv(csv)).toMatchObject([{ fqdns: leaks[0]?.fqdns[0]?.replace(/[;\s]/g, '?') }]);

  const table = (await runOn(database, ['--dry-run'])).stdout;
  expect(table.replaceAll('\n', '')).not.toMatch(UNSAFE);
});

test.for(['fqdn varchar(255) character set latin1', 'fqdn varbinary(255)'])(
  'lone latin1 bytes in %s neither break the run nor the record',
  async (column, { database, leakFrom, alertOver }) => {
    await database.query(`alter table domain_index modify ${column}`);
    const source = column.includes('latin1') ? '10.20.0.4' : '10.20.0.5';
    const now = await leakFrom(source);
    const bytes = Buffer.from('caf\xe9-\xff.example.net', 'latin1');
    const row = [addressBytes(source), addressBytes('203.0.113.9'), bytes, now - 60];
    await database.query('insert into domain_index values (?, ?, ?, ?)', row);

    const records = await alertOver('tcp');
    expect(records.map((record) => parseAlert(record).FQDN)).toEqual([expect.stringMatching(/^caf.*\.example\.net$/)]);
  },
);

test('a name that a spreadsheet would run as a formula does not begin with one', async ({ database, leakFrom }) => {
  const now = await leakFrom('10.20.0.6');
  await insertName(database, '10.20.0.6', '203.0.113.9', '=cmd|"/c calc"!A0', now - 60);
  const [row] = parseCsv((await runOn(database, ['--dry-run', '--format', 'csv'])).stdout);
  expect(row?.fqdns).not.toMatch(/^[=+\-@]/);
  expect(row?.fqdns).toContain('cmd|"/c?calc"!A0');
});
