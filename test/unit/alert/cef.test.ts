import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlertContext } from '../../../src/alert/alert-fields.ts';
import { alertCef } from '../../../src/alert/cef.ts';
import type { Leak } from '../../../src/model.ts';
import { ALERT_CONTEXT, LEAK } from '../../support/builders/example-report.ts';
import { contexts, leaks } from '../../support/builders/hostile-leaks.ts';
import { VERSION } from '../../support/project.ts';
import { parseCef } from '../../support/receivers/parse-cef.ts';

const cefOf = (leak: Partial<Leak>, context: Partial<AlertContext> = {}) =>
  alertCef({ ...LEAK, ...leak }, { ...ALERT_CONTEXT, ...context });
const fieldsOf = (leak: Partial<Leak>) => parseCef(cefOf(leak)).fields;

test('the whole line of a leak', () => {
  expect(cefOf({ fqdns: ['a.example.net', 'b.example.net'] })).toBe(
    `CEF:0|leaktally|leaktally|${VERSION}|data-leak|Data Leak|3|rt=1763950000000 start=1763900000000 end=1763949950000 src=10.1.1.5 dst=203.0.113.9 dhost=a.example.net out=123456789 cnt=12 externalId=0123456789abcdef cs1=data-leak cs1Label=Rule cs2=new cs2Label=Status cs3=a.example.net, b.example.net cs3Label=Host Names cn1=86400 cn1Label=Window Seconds`,
  );
});

test.each([10, 9, 8, 7, 6, 4, 3, 1].map((cef, syslog) => [syslog, cef]))(
  'syslog severity %i is %i',
  (severity, expected) => {
    expect(parseCef(cefOf({}, { severity })).header[5]).toBe(`${expected}`);
  },
);

test('the signature is the same for every status and rule', () => {
  const headers = (['new', 'grown', 'repeat'] as const).map((status) => parseCef(cefOf({ status }, { rule: status })));
  expect(new Set(headers.map(({ header }) => header.join())).size).toBe(1);
  expect(headers.map(({ fields }) => [fields.cs1, fields.cs2])).toEqual([
    ['new', 'new'],
    ['grown', 'grown'],
    ['repeat', 'repeat'],
  ]);
});

describe('addresses', () => {
  test('of IPv6 are in their own fields', () => {
    const fields = fieldsOf({ source: '2001:db8:10::4a', destination: '2001:db8:ffff::1:9' });
    expect(fields).toMatchObject({ c6a2: '2001:db8:10::4a', c6a2Label: 'Source IPv6 Address' });
    expect(fields).toMatchObject({ c6a3: '2001:db8:ffff::1:9', c6a3Label: 'Destination IPv6 Address' });
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(['src']));
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(['dst']));
  });

  test('that are unknown are left out', () => {
    const keys = Object.keys(fieldsOf({ source: 'unknown', destination: 'unknown' }));
    for (const key of ['src', 'dst', 'c6a2', 'c6a3']) expect(keys).not.toContain(key);
  });

  test('of a field outside the key: the largest, and how many there are', () => {
    const top = [
      { address: '203.0.113.9', bytes: 100n },
      { address: '2001:db8::9', bytes: 1n },
    ];
    const bySource = fieldsOf({ destination: null, destinations: { count: 37, top } });
    expect(bySource).toMatchObject({ dst: '203.0.113.9', cn2: '37', cn2Label: 'Destinations' });
    // The newest name may belong to any of the 37.
    expect(bySource).not.toHaveProperty('dhost');
    expect(bySource.cs3).toBe('upload.example.net');
    const byDestination = fieldsOf({ source: null, sources: { count: 4, top } });
    expect(byDestination).toMatchObject({ src: '203.0.113.9', cn3: '4', cn3Label: 'Sources' });
    expect(byDestination.dhost).toBe('upload.example.net');
  });
});

test('AS and country, of the largest destination where several differ', () => {
  const as = { number: 64_496, organization: 'Example=Hosting src=10.0.0.1' };
  const expected = {
    cs5: 'AS64496 Example=Hosting src=10.0.0.1',
    cs5Label: 'Destination AS',
    cs6: 'NL',
    cs6Label: 'Destination Country',
  };
  expect(fieldsOf({ as, country: 'NL' })).toMatchObject(expected);
  const top = [{ address: '203.0.113.9', bytes: 1n, as, country: 'NL' }];
  expect(fieldsOf({ destination: null, destinations: { count: 2, top } })).toMatchObject(expected);
  for (const key of ['cs5', 'cs6']) expect(fieldsOf({})).not.toHaveProperty(key);
});

test('totals of any size are exact, and so is growth', () => {
  const growth = { bytes: -(2n ** 70n) - 1n, sinceSeconds: 21_600 };
  expect(fieldsOf({ bytes: 2n ** 70n + 1n, growth })).toMatchObject({
    out: '1180591620717411303425',
    flexNumber1: '-1180591620717411303425',
    flexNumber1Label: 'Growth Bytes',
    flexNumber2: '21600',
    flexNumber2Label: 'Growth Since Seconds',
  });
});

test('without a name there is none', () => {
  const keys = Object.keys(fieldsOf({ fqdns: [] }));
  for (const key of ['dhost', 'cs3', 'cs3Label', 'cs4']) expect(keys).not.toContain(key);
});

test('names that were not kept or not looked up are told', () => {
  expect(fieldsOf({ fqdnsOmitted: 900 })).toMatchObject({
    ...{ cs3: 'upload.example.net', cs4: '900', cs4Label: 'Host Names Omitted' },
  });
  const fields = fieldsOf({ fqdns: [], fqdnsFailure: '127.0.0.1:5432: no answer within 1m' });
  expect(fields.cs3).toBe('not looked up (127.0.0.1:5432: no answer within 1m)');
  for (const key of ['dhost', 'cs4']) expect(fields).not.toHaveProperty(key);
});

test.each([
  ['a=b', 'dhost=a\\=b '],
  ['a\\', 'dhost=a\\\\ '],
  ['a\\=|', 'dhost=a\\\\\\=| '],
])('%s is escaped', (fqdn, field) => {
  expect(cefOf({ fqdns: [fqdn] })).toContain(field);
  expect(fieldsOf({ fqdns: [fqdn] })).toMatchObject({ dhost: fqdn, cs3: fqdn });
});

test('a parser by the specification recovers every value, whatever the names are, and how many were left out', () => {
  fc.assert(
    fc.property(leaks, contexts, (leak, context) => {
      const { header, fields } = parseCef(alertCef(leak, context));
      expect(header.slice(0, 5)).toEqual(['leaktally', 'leaktally', VERSION, 'data-leak', 'Data Leak']);
      expect(fields).toMatchObject({
        ...{ rt: `${leak.asOf * 1000}`, start: `${leak.firstSeen * 1000}`, end: `${leak.lastSeen * 1000}` },
        ...{ out: `${leak.bytes}`, cnt: `${leak.events}`, externalId: context.alertId },
        ...{ cs1: context.rule, cs2: leak.status, cn1: `${context.windowSeconds}` },
      });
      const kept = fields.cs3?.split(', ') ?? [];
      const names = leak.fqdns.map((name) => name.replace(/[;,\s]/g, '?'));
      expect(kept).toEqual(names.slice(0, kept.length));
      expect(kept.length + Number(fields.cs4 ?? 0)).toBe(names.length + leak.fqdnsOmitted);
      expect(fields.dhost).toBe(leak.destination === null ? undefined : kept[0]);
      expect(Object.keys(fields).every((key) => LABELLED.test(key) === `${key}Label` in fields)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

const LABELLED = /^(cs|cn|c6a|flexNumber)\d$/;
