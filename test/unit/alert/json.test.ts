import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alertJson } from '../../../src/alert/json.ts';
import type { Breakdown, Leak } from '../../../src/model.ts';
import { renderJson } from '../../../src/report/json.ts';
import { ALERT_CONTEXT, LEAK, REPORT } from '../../support/builders/example-report.ts';
import { contexts, LONGEST_RULE, leaks } from '../../support/builders/hostile-leaks.ts';

/** Numbers beyond 2^53 as text, since JSON.parse would round them. */
function parseExactly(text: string) {
  return JSON.parse(text.replace(/"bytes":(-?\d+)/g, '"bytes":"$1"'));
}

test('is one line: the leak of the report, with what the report says once for all leaks', () => {
  const text = alertJson(LEAK, ALERT_CONTEXT);
  expect(text).toBe(
    '{"source":"10.1.1.5","destination":"203.0.113.9","domain":null,"bytes":123456789,"events":12,"firstSeen":1763900000,"lastSeen":1763949950,"fqdns":["upload.example.net"],"status":"new","alertId":"0123456789abcdef","timeline":[0,0,0,0,0,0,0,0,0,0,123456789,0,0,0,0,0,0,0,0,0,0,0,0,0],"activeSlots":12,"longestPauseSeconds":600,"growth":null,"thresholdBytes":100000000,"as":null,"country":null,"fqdnsOmitted":0,"rule":"data-leak","windowSeconds":86400,"asOf":1763950000}',
  );
  const { alertId, rule, windowSeconds, asOf, ...leak } = JSON.parse(text);
  const report = JSON.parse([...renderJson(REPORT)].join(''));
  expect({ ...leak, alert: 'would-send' }).toEqual(report.leaks[0]);
  expect(report).toMatchObject({ rule, windowSeconds, asOf });
  expect(alertId).toBe(ALERT_CONTEXT.alertId);
});

test('totals and growth of any size are integers', () => {
  const growth = { bytes: -(2n ** 70n) - 1n, sinceSeconds: 21_600 };
  const text = alertJson({ ...LEAK, bytes: 2n ** 70n + 1n, growth }, ALERT_CONTEXT);
  expect(text).toContain('"bytes":1180591620717411303425,');
  expect(text).toContain('"growth":{"bytes":-1180591620717411303425,"sinceSeconds":21600}');
});

test('a field outside the key is broken down as in the report', () => {
  const destinations = { count: 37, top: [{ address: '203.0.113.9', bytes: 45_000_000n }] };
  expect(JSON.parse(alertJson({ ...LEAK, destination: null, destinations }, ALERT_CONTEXT))).toMatchObject({
    destination: null,
    destinations: { count: 37, top: [{ address: '203.0.113.9', bytes: 45_000_000 }] },
  });
});

test('AS and country are those of the report', () => {
  const as = { number: 64_496, organization: 'Example "Hosting"' };
  expect(JSON.parse(alertJson({ ...LEAK, as, country: 'NL' }, ALERT_CONTEXT))).toMatchObject({ as, country: 'NL' });
  const top = [{ address: '203.0.113.9', bytes: 1n, as, country: 'NL' }];
  const alert = alertJson({ ...LEAK, destination: null, destinations: { count: 2, top } }, ALERT_CONTEXT);
  expect(JSON.parse(alert)).toMatchObject({ as: null, destinations: { top: [{ as, country: 'NL' }] } });
});

test('names go first, then the smallest shares, and both are counted', () => {
  const top = Array.from({ length: 5 }, (_, at) => ({
    address: `2001:db8:1111:2222:3333:4444:5555:666${at}`,
    bytes: 10n ** 90n - BigInt(at),
  }));
  const both = { sources: { count: 900, top }, destinations: { count: 70, top } };
  const leak: Leak = { ...LEAK, ...both, source: null, destination: null, fqdns: ['a'.repeat(255), 'b'] };
  const alert = parseExactly(alertJson(leak, { ...ALERT_CONTEXT, rule: LONGEST_RULE }));
  expect(alert).toMatchObject({ fqdns: [], fqdnsOmitted: 2, sources: { count: 900 }, destinations: { count: 70 } });
  const shares: { address: string }[] = alert.sources.top;
  expect(shares.length).toBeGreaterThan(0);
  expect(shares.length).toBeLessThan(5);
  expect(shares.map(({ address }) => address)).toEqual(top.slice(0, shares.length).map(({ address }) => address));
});

test('every value comes back, whatever the names are, and how many were left out', () => {
  const shown = (breakdown: Breakdown, kept: number) => ({
    count: breakdown.count,
    top: breakdown.top.slice(0, kept).map((share) => ({ ...share, bytes: `${share.bytes}` })),
  });
  fc.assert(
    fc.property(leaks, contexts, (leak, context) => {
      const alert = parseExactly(alertJson(leak, context));
      const { bytes, events, firstSeen, lastSeen, status, asOf, growth } = leak;
      expect(alert).toMatchObject({
        ...{ source: leak.source, destination: leak.destination, events, firstSeen, lastSeen, status, asOf },
        ...{ rule: context.rule, windowSeconds: context.windowSeconds, alertId: context.alertId, bytes: `${bytes}` },
        growth: growth && { ...growth, bytes: `${growth.bytes}` },
        as: leak.as,
        country: leak.country,
      });
      expect(alert.fqdns).toEqual(leak.fqdns.slice(0, alert.fqdns.length));
      expect(alert.fqdns.length + alert.fqdnsOmitted).toBe(leak.fqdns.length + leak.fqdnsOmitted);
      for (const field of ['sources', 'destinations'] as const) {
        const breakdown = leak[field];
        if (!breakdown) expect(alert).not.toHaveProperty(field);
        else expect(alert[field]).toEqual(shown(breakdown, alert[field].top.length));
      }
    }),
    { numRuns: 300 },
  );
});

test('names that were not kept or not looked up are told', () => {
  const alert = (leak: Partial<Leak>) => JSON.parse(alertJson({ ...LEAK, ...leak }, ALERT_CONTEXT));
  expect(alert({ fqdnsOmitted: 900 })).toMatchObject({ fqdns: ['upload.example.net'], fqdnsOmitted: 900 });
  expect(alert({})).not.toHaveProperty('fqdnsFailure');
  const fqdnsFailure = '127.0.0.1:5432: no answer within 1m';
  expect(alert({ fqdns: [], fqdnsFailure })).toMatchObject({ fqdns: [], fqdnsOmitted: 0, fqdnsFailure });
});
