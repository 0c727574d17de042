import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { addressBytes, insertEvents, insertName, MB, serverNow } from '../support/builders/events.ts';
import { parseCsv, reportOf, runOn } from '../support/command/report.ts';
import { readAlert } from '../support/receivers/alert.ts';
import { recordsUntilNow } from '../support/receivers/records.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

/** Each ends in a part that must still be readable. */
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

let database: TestDatabase;
let rsyslog: RsyslogServer;
beforeAll(async () => {
  [database, rsyslog] = await Promise.all([createTestDatabase(inject('mariadb')), startRsyslog()]);
});
beforeEach(async () => {
  await database.connection.query('truncate table domain_index');
  await database.connection.query('truncate table alm_bulletin_board_data');
});
afterAll(() => Promise.all([database.drop(), rsyslog.stop()]));

/** One leak from an address of its own, so that no test knows the other's. */
async function leakFrom(source: string): Promise<number> {
  const now = await serverNow(database.connection);
  await insertEvents(database.connection, [{ epoch: now - 60, source, bytes: 101 * MB }]);
  return now;
}

async function alertOver(transport: string): Promise<string[]> {
  const before = (await recordsUntilNow(rsyslog)).length;
  const { code } = await runOn(database, ['--syslog', `${transport}://127.0.0.1:${rsyslog.port}`]);
  expect(code).toBe(0);
  return (await recordsUntilNow(rsyslog)).slice(before);
}

test.each([
  ['udp', '10.20.0.1'],
  ['tcp', '10.20.0.2'],
])('hostile names make one harmless record over %s', async (transport, source) => {
  const now = await leakFrom(source);
  const names = Object.values(HOSTILE);
  for (const name of names) await insertName(database.connection, source, '203.0.113.9', name, now - 60);

  const records = await alertOver(transport);
  expect(records).toHaveLength(1);
  const [record = ''] = records;
  expect(record).not.toMatch(UNSAFE);
  expect(record).not.toMatch(/#\d{3}/); // how rsyslog writes a control character that did arrive
  const alert = readAlert(record);
  expect(alert['Source IP']).toBe(source);
  expect(alert.FQDN.split(', ')).toHaveLength(names.length);
  for (const letter of 'abcdefghi') expect(alert.FQDN).toContain(`${letter}.example.net`);
});

test.each(Object.entries(HOSTILE))('a name with %s is shown harmlessly', async (_, name) => {
  const now = await leakFrom('10.20.0.3');
  await insertName(database.connection, '10.20.0.3', '203.0.113.9', name, now - 60);
  const visible = /[a-i]\.example\.net$/.exec(name)?.[0] as string;

  const { leaks } = await reportOf(database, ['--dry-run']);
  expect(leaks[0]?.fqdns).toEqual([expect.stringContaining(visible)]);
  expect(leaks[0]?.fqdns[0]).not.toMatch(UNSAFE);

  const csv = (await runOn(database, ['--dry-run', '--format', 'csv'])).stdout;
  expect(parseCsv(csv)).toMatchObject([{ fqdns: leaks[0]?.fqdns[0] }]);

  const table = (await runOn(database, ['--dry-run'])).stdout;
  expect(table.replaceAll('\n', '')).not.toMatch(UNSAFE);
});

test.each(['fqdn varchar(255) character set latin1', 'fqdn varbinary(255)'])(
  'lone latin1 bytes in %s neither break the run nor the record',
  async (column) => {
    await database.connection.query(`alter table domain_index modify ${column}`);
    const source = column.includes('latin1') ? '10.20.0.4' : '10.20.0.5';
    const now = await leakFrom(source);
    const bytes = Buffer.from('caf\xe9-\xff.example.net', 'latin1');
    const row = [addressBytes(source), addressBytes('203.0.113.9'), bytes, now - 60];
    await database.connection.query('insert into domain_index values (?, ?, ?, ?)', row);

    const records = await alertOver('tcp');
    expect(records.map((record) => readAlert(record).FQDN)).toEqual([expect.stringMatching(/^caf.*\.example\.net$/)]);
  },
);

test('a name that a spreadsheet would run as a formula does not begin with one', async () => {
  const now = await leakFrom('10.20.0.6');
  await insertName(database.connection, '10.20.0.6', '203.0.113.9', '=cmd|"/c calc"!A0', now - 60);
  const [row] = parseCsv((await runOn(database, ['--dry-run', '--format', 'csv'])).stdout);
  expect(row?.fqdns).not.toMatch(/^[=+\-@]/);
  expect(row?.fqdns).toContain('cmd|"/c calc"!A0');
});
