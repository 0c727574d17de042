import { expect } from 'vitest';
import { insertLeaks, insertName } from '../support/builders/events.ts';
import { test as base } from '../support/fixtures.ts';
import { parseCef } from '../support/receivers/parse-cef.ts';

const test = base
  .extend('destination', async ({ database }) => (await insertLeaks(database, 1))[0] as string)
  /** Inserts a name of the leak's destination. */
  .extend('insertFqdn', async ({ database, destination }) => {
    const now = await database.now();
    return (fqdn: string, age = 60) => insertName(database, '10.1.1.5', destination, fqdn, now - age);
  });

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

test.for(HOSTILE.flatMap(([what, fqdn]) => ['rfc3164', 'rfc5424'].map((format) => [what, format, fqdn] as const)))(
  'a host name with %s is one record over every transport (%s)',
  async ([, format, fqdn], { rsyslog, runTo, insertFqdn }) => {
    await insertFqdn(fqdn);
    const before = rsyslog.records().length;
    const transports = [rsyslog.udpUrl, rsyslog.tcpUrl, `${rsyslog.tcpUrl}?framing=octet-counting`];
    for (const [index, syslog] of transports.entries()) {
      const { code, stderr } = await runTo(syslog, '--rule', `rule-${index}`, '--syslog-format', format);
      expect(code, stderr).toBe(0);
      // One more and no other: a forged one would have come in the same frame.
      await rsyslog.waitForRecords(before + index + 1);
      expect(rsyslog.records()).toHaveLength(before + index + 1);
    }
    for (const record of rsyslog.records().slice(before)) {
      expect(record).toMatch(/^<174>/);
      expect(record).toMatch(/; Rule: rule-\d; Alert: [0-9a-f]{16}; FQDN: [^;]+$/);
      expect(record.match(/Rule: /g)).toHaveLength(1);
      // rsyslog writes C0 controls as #ooo.
      expect(record).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\uFFFD]|#0[0-3][0-7]/u);
    }
  },
);

test('as JSON and as CEF too, each hostile host name is one record with its fields whole', async ({
  rsyslog,
  destination,
  runTo,
  insertFqdn,
}) => {
  for (const [age, [, fqdn]] of HOSTILE.entries()) await insertFqdn(fqdn, 60 + age);
  const before = rsyslog.records().length;
  for (const format of ['json', 'cef']) {
    const { code, stderr } = await runTo(rsyslog.tcpUrl, '--rule', format, '--alert-format', format);
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

test.for(['rfc3164', 'rfc5424'])(
  'long names are dropped, not cut, and the alert says how many (%s)',
  async (format, { receiver, runTo, insertFqdn }) => {
    const names = Array.from(
      { length: 60 },
      (_, index) => `${String(index).padStart(2, '0')}${'ü😀'.repeat(70)}.example`,
    );
    for (const [age, fqdn] of names.entries()) await insertFqdn(fqdn, 60 + age);
    const { code, stderr } = await runTo(receiver.url, '--syslog-format', format, '--rule', 'r'.repeat(64));
    expect(code, stderr).toBe(0);
    const [record = '', ...others] = receiver.records();
    expect(others).toEqual([]);
    expect(Buffer.byteLength(record)).toBeLessThanOrEqual(2048);
    const [, list = '', more] = /; Rule: r{64}; Alert: [0-9a-f]{16}; FQDN: (.*) and (\d+) more$/.exec(record) ?? [];
    const kept = list.split(', ');
    expect(kept).toEqual(names.slice(0, kept.length));
    expect(kept.length + Number(more)).toBe(60);
  },
);
