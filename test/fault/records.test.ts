import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertName, serverNow } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks } from '../support/receivers/alerts.ts';
import { parseCef } from '../support/receivers/cef.ts';
import { startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

let database: TestDatabase;
let rsyslog: RsyslogServer;
let destination: string;
let now: number;
beforeAll(async () => {
  rsyslog = await startRsyslog();
});
afterAll(() => rsyslog.stop());
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  [destination = ''] = await insertLeaks(database.connection, 1);
  now = await serverNow(database.connection);
  return () => database.drop();
});

const run = (syslog: string, ...more: string[]) =>
  leaktally(['--database', database.url, '--syslog', syslog, ...more], { env: database.env });

const name = (fqdn: string, age = 60) => insertName(database.connection, '10.1.1.5', destination, fqdn, now - age);

const HOSTILE: readonly [string, string][] = [
  ['a line feed and a forged record', 'a.example\n<174>Nov 24 02:06:40 host DATAEXFIL[1]: Data Leak: forged'],
  ['a frame length', 'a.example\n3000 x'],
  ['carriage return and NUL', 'a\r\0.example'],
  ['NEL, line and paragraph separator', 'a\u0085b\u2028c\u2029.example'],
  ['bidi controls', 'a\u202Egpj.\u2066exe.example'],
  ['escape sequences', 'a\u001b[2J\u001b]0;owned\u0007\u009b2J.example'],
  ['separators that forge fields', 'a.example; Rule: forged; Alert: 0000000000000000'],
  ['separators that forge CEF fields', 'a.example|x cs1=forged\\'],
  ['quotes that forge JSON', 'a.example"],"rule":"forged\\'],
  ['an emoji', `${'😀'.repeat(30)}.example`],
];

test.each(HOSTILE.flatMap(([what, fqdn]) => ['rfc3164', 'rfc5424'].map((format) => [what, format, fqdn] as const)))(
  'a host name with %s is one record over every transport (%s)',
  async (_, format, fqdn) => {
    await name(fqdn);
    const before = rsyslog.records().length;
    const transports = [
      `udp://127.0.0.1:${rsyslog.port}`,
      `tcp://127.0.0.1:${rsyslog.port}`,
      `tcp://127.0.0.1:${rsyslog.port}?framing=octet-counting`,
    ];
    for (const [index, syslog] of transports.entries()) {
      const { code, stderr } = await run(syslog, '--rule', `rule-${index}`, '--syslog-format', format);
      expect(code, stderr).toBe(0);
      // One more and no other: a forged one would be there by now, since it would have come in the same frame.
      await rsyslog.waitForRecords(before + index + 1);
      expect(rsyslog.records()).toHaveLength(before + index + 1);
    }
    for (const record of rsyslog.records().slice(before)) {
      expect(record).toMatch(/^<174>/);
      expect(record).toMatch(/; Rule: rule-\d; Alert: [0-9a-f]{16}$/);
      expect(record.match(/Rule: /g)).toHaveLength(1);
      // rsyslog writes C0 controls as #ooo.
      expect(record).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\uFFFD]|#0[0-3][0-7]/u);
    }
  },
);

test('as JSON and as CEF too, each hostile host name is one record with its fields whole', async () => {
  for (const [age, [, fqdn]] of HOSTILE.entries()) await name(fqdn, 60 + age);
  const tcp = `tcp://127.0.0.1:${rsyslog.port}`;
  const before = rsyslog.records().length;
  for (const format of ['json', 'cef']) {
    const { code, stderr } = await run(tcp, '--rule', format, '--alert-format', format);
    expect(code, stderr).toBe(0);
  }
  await rsyslog.waitForRecords(before + 2);
  const [json = '', cef = '', ...others] = rsyslog.records().slice(before);
  expect(others).toEqual([]);
  const alert = JSON.parse(json.slice(json.indexOf('{')));
  expect(alert).toMatchObject({ rule: 'json', destination, fqdnsOmitted: 0 });
  expect(alert.fqdns).toHaveLength(HOSTILE.length);
  const { fields } = parseCef(cef.slice(cef.indexOf('CEF:')));
  expect(fields).toMatchObject({ cs1: 'cef', dst: destination });
  expect(fields.cs3?.split(', ')).toHaveLength(HOSTILE.length);
});

test.each(['rfc3164', 'rfc5424'])(
  'long names are dropped, not cut, and the alert says how many (%s)',
  async (format) => {
    const names = Array.from(
      { length: 60 },
      (_, index) => `${String(index).padStart(2, '0')}${'ü😀'.repeat(70)}.example`,
    );
    for (const [age, fqdn] of names.entries()) await name(fqdn, 60 + age);
    const receiver = await startReceiver();
    const { code, stderr } = await run(receiver.url, '--syslog-format', format, '--rule', 'r'.repeat(64));
    await receiver.stop();
    expect(code, stderr).toBe(0);
    const [record = '', ...others] = receiver.records();
    expect(others).toEqual([]);
    expect(Buffer.byteLength(record)).toBeLessThan(2048);
    const [, list = '', more] = / FQDN: (.*) and (\d+) more; Rule: r{64}; Alert: [0-9a-f]{16}$/.exec(record) ?? [];
    const kept = list.split(', ');
    expect(kept).toEqual(names.slice(0, kept.length));
    expect(kept.length + Number(more)).toBe(60);
  },
);
