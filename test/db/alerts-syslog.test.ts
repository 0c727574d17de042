import { expect } from 'vitest';
import { insertEvents, insertName, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { withHostname } from '../support/command/namespace.ts';
import { test as base } from '../support/fixtures.ts';
import { alertIds, parseAlert } from '../support/receivers/parse-alert.ts';
import { parseCef } from '../support/receivers/parse-cef.ts';
import { recordsFromNow } from '../support/receivers/rsyslog-records.ts';

const RFC3164_HEADER = /^<(\d+)>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d [!-~]+ ([A-Za-z0-9_.-]+)\[\d+\]: $/;
const RFC5424_HEADER =
  /^<(\d+)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) [!-~]+ ([!-~]+) [!-~]+ [!-~]+ - $/;

let rules = 0;
const test = base
  .extend('now', { scope: 'file' }, ({ sharedDatabase }) => sharedDatabase.now())
  .extend('database', ({ sharedDatabase }) => sharedDatabase)
  /** The records of the first run of a new rule. */
  .extend('recordsOf', ({ database, rsyslog }) => async (transport: string, ...args: string[]) => {
    const newRecords = await recordsFromNow(rsyslog);
    const target = `${transport}://127.0.0.1:${rsyslog.port}`;
    const { leaks } = await reportOf(database, ['--syslog', target, '--rule', `rule-${++rules}`, ...args]);
    expect(leaks.map(({ alert }) => alert)).toEqual(leaks.map(() => 'sent'));
    return newRecords();
  });
test.beforeAll(async ({ sharedDatabase, now }) => {
  await insertEvents(sharedDatabase, [
    { epoch: now - 300, bytes: 60 * MB },
    { epoch: now - 200, bytes: 63_456_789 },
    { epoch: now - 100, source: '2001:db8::5', destination: '2001:db8:1::9', bytes: 110 * MB },
  ]);
  await insertName(sharedDatabase, '10.1.1.5', '203.0.113.9', 'a.example.net', now - 100);
  await insertName(sharedDatabase, '10.1.1.5', '203.0.113.9', 'b.example.net', now - 200);
});

test.for([
  ['udp', 'rfc3164', RFC3164_HEADER],
  ['tcp', 'rfc3164', RFC3164_HEADER],
  ['udp', 'rfc5424', RFC5424_HEADER],
  ['tcp', 'rfc5424', RFC5424_HEADER],
] as const)(
  'each leak arrives once over %s in %s, with the labels of the original',
  async ([transport, format, header], { recordsOf }) => {
    const records = await recordsOf(transport, '--syslog-format', format);
    expect(records.map((record) => record.replace(/^.*?Data Leak: /, ''))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Source IP: 10\\.1\\.1\\.5; Destination IP: 203\\.0\\.113\\.9; Total Byte Exfil: 123456789; Events: 2; Window: 24h; Rule: rule-${rules}; Alert: \\S+; FQDN: a\\.example\\.net, b\\.example\\.net$`,
        ),
      ),
      expect.stringContaining('Source IP: 2001:db8::5; Destination IP: 2001:db8:1::9; Total Byte Exfil: 110000000; '),
    ]);
    for (const record of records)
      expect(header.exec(parseAlert(record).header)?.slice(1)).toEqual(['174', 'DATAEXFIL']);
    const ids = alertIds(records);
    expect(new Set(ids).size).toBe(2);
  },
);

const EVERY_WAY = ['udp', 'tcp'].flatMap((transport) =>
  ['rfc3164', 'rfc5424'].map((form) => [transport, form] as const),
);

test.for(EVERY_WAY)('JSON alerts arrive whole over %s in %s', async ([transport, form], { now, recordsOf }) => {
  const records = await recordsOf(transport, '--alert-format', 'json', '--syslog-format', form);
  const alerts = records.map((record) => JSON.parse(record.slice(record.indexOf('{'))));
  expect(alerts).toEqual([
    {
      ...{ source: '10.1.1.5', destination: '203.0.113.9', domain: null, bytes: 123_456_789, events: 2 },
      ...{ firstSeen: now - 300, lastSeen: now - 200, fqdns: ['a.example.net', 'b.example.net'], fqdnsOmitted: 0 },
      ...{
        status: 'new',
        alertId: expect.stringMatching(/^[0-9a-f]{16}$/),
        growth: null,
        thresholdBytes: 100 * MB,
        as: null,
        country: null,
      },
      ...{ timeline: expect.any(Array), activeSlots: expect.any(Number), longestPauseSeconds: 0 },
      ...{ rule: `rule-${rules}`, windowSeconds: 86_400, asOf: expect.any(Number) },
    },
    expect.objectContaining({ source: '2001:db8::5', destination: '2001:db8:1::9', bytes: 110 * MB }),
  ]);
  const header = form === 'rfc3164' ? RFC3164_HEADER : RFC5424_HEADER;
  for (const record of records) expect(record.slice(0, record.indexOf('{'))).toMatch(header);
});

test.for(EVERY_WAY)('CEF alerts arrive whole over %s in %s', async ([transport, form], { now, recordsOf }) => {
  const records = await recordsOf(transport, '--alert-format', 'cef', '--syslog-format', form, '--severity', 'crit');
  const [ipv4, ipv6] = records.map((record) => parseCef(record.slice(record.indexOf('CEF:'))));
  expect(ipv4?.header).toEqual(['leaktally', 'leaktally', expect.any(String), 'data-leak', 'Data Leak', '8']);
  expect(ipv4?.fields).toMatchObject({
    ...{ src: '10.1.1.5', dst: '203.0.113.9', dhost: 'a.example.net', out: '123456789', cnt: '2' },
    ...{ start: `${now - 300}000`, end: `${now - 200}000`, externalId: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ...{ cs1: `rule-${rules}`, cs2: 'new', cs3: 'a.example.net, b.example.net', cn1: '86400' },
  });
  expect(ipv6?.fields).toMatchObject({ c6a2: '2001:db8::5', c6a3: '2001:db8:1::9', out: '110000000' });
  // In RFC 3164 it follows the host name directly, without a tag in between.
  const header = form === 'rfc3164' ? /^<170>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d [!-~]+ $/ : RFC5424_HEADER;
  for (const record of records) expect(record.slice(0, record.indexOf('CEF:'))).toMatch(header);
});

test('syslog is UDP, RFC 3164 and PRI 174 unless told otherwise', async ({ recordsOf }) => {
  const [record = ''] = await recordsOf('udp');
  expect(RFC3164_HEADER.exec(parseAlert(record).header)?.slice(1)).toEqual(['174', 'DATAEXFIL']);
});

test.for([
  ['kern', 'emerg', 0],
  ['kern', 'info', 6],
  ['local5', 'emerg', 168],
  ['user', 'alert', 9],
  ['daemon', 'err', 27],
  ['local7', 'debug', 191],
] as const)('facility %s and severity %s are PRI %i', async ([facility, severity, priority], { recordsOf }) => {
  const args = ['--facility', facility, '--severity', severity];
  for (const format of ['rfc3164', 'rfc5424']) {
    const records = await recordsOf('tcp', ...args, '--syslog-format', format);
    expect(records.map((record) => /^<(\d+)>/.exec(record)?.[1])).toEqual([`${priority}`, `${priority}`]);
  }
});

test.for([
  ['rfc3164', RFC3164_HEADER],
  ['rfc5424', RFC5424_HEADER],
] as const)('--tag names the sender in %s', async ([format, header], { recordsOf }) => {
  const records = await recordsOf('udp', '--tag', 'my-tag_2', '--syslog-format', format);
  expect(records.map((record) => header.exec(parseAlert(record).header)?.[2])).toEqual(['my-tag_2', 'my-tag_2']);
});

test('the alert gives the window in the words of the option', async ({ recordsOf }) => {
  const windows = ['90m', '2d', '36h'];
  for (const window of windows) {
    const records = await recordsOf('tcp', '--window', window);
    expect(records.map((record) => parseAlert(record).Window)).toEqual([window, window]);
  }
});

test('two hundred leaks over UDP arrive each once', async ({ database, now, recordsOf }) => {
  const sources = Array.from({ length: 200 }, (_, index) => `10.9.0.${index}`);
  await insertEvents(
    database,
    sources.map((source) => ({ epoch: now - 50, source, policy: 'Burst', bytes: 101 * MB })),
  );
  const records = await recordsOf('udp', '--policy', 'Burst');
  const received = records.map((record) => parseAlert(record)['Source IP']);
  expect(received.toSorted()).toEqual(sources.toSorted());
});

test('names that do not fit are left out, the record stays whole and below 2 KiB', async ({
  database,
  now,
  recordsOf,
}) => {
  await insertEvents(database, [{ epoch: now, source: '10.8.0.1', policy: 'Long', bytes: 101 * MB }]);
  for (let index = 0; index < 40; index++) {
    const name = `${'ü'.repeat(100)}${index}.example.net`;
    await insertName(database, '10.8.0.1', '203.0.113.9', name, now - index);
  }
  const args = ['--policy', 'Long', '--syslog-format', 'rfc5424'];
  for (const transport of ['udp', 'tcp']) {
    const records = await recordsOf(transport, ...args);
    expect(records).toHaveLength(1);
    expect(Buffer.byteLength(records[0] ?? '')).toBeLessThan(2048);
    expect(parseAlert(records[0] ?? '').FQDN).toContain('ü0.example.net');
  }
});

test('the alert of a group by one field says what is behind the other', async ({ database, now, recordsOf }) => {
  await insertEvents(database, [
    { epoch: now, source: '10.8.0.2', destination: '203.0.113.1', policy: 'Spread', bytes: 70 * MB },
    { epoch: now, source: '10.8.0.2', destination: '203.0.113.2', policy: 'Spread', bytes: 80 * MB },
  ]);
  const [record = ''] = await recordsOf('tcp', '--policy', 'Spread', '--group-by', 'source');
  expect(parseAlert(record)).toMatchObject({ 'Source IP': '10.8.0.2', 'Total Byte Exfil': '150000000' });
  expect(parseAlert(record)['Destination IP']).toContain('203.0.113.2');
});

test('the receiver may be given by its host name', async ({ database, rsyslog }) => {
  for (const transport of ['udp', 'tcp']) {
    const args = ['--rule', `named ${transport}`, '--syslog', `${transport}://localhost:${rsyslog.port}`];
    const newRecords = await recordsFromNow(rsyslog);
    expect((await runOn(database, args)).code).toBe(0);
    expect(await newRecords()).toHaveLength(2);
  }
});

test.for([
  ['collector-7.example', 'collector-7.example'],
  // Would begin another field, or is no ASCII.
  ['data center', '-'],
  ['größe', '-'],
  ['größe.example', '-'],
] as const)(
  'the name of the machine %s stands in the header as %s',
  async ([hostname, shown], { database, rsyslog }) => {
    for (const format of ['rfc3164', 'rfc5424']) {
      const newRecords = await recordsFromNow(rsyslog);
      const target = `tcp://127.0.0.1:${rsyslog.port}`;
      const args = ['--syslog', target, '--rule', `rule-${++rules}`, '--syslog-format', format];
      expect((await runOn(database, args, { via: withHostname(hostname) })).code).toBe(0);
      for (const record of await newRecords()) expect(record.split(/ +/)[format === 'rfc3164' ? 3 : 2]).toBe(shown);
    }
  },
);
