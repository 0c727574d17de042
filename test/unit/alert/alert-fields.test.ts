import { expect, test } from 'vitest';
import { fitLeak, mainAddress } from '../../../src/alert/alert-fields.ts';
import { toJson } from '../../../src/leaks/leak-object.ts';
import type { Breakdown, Leak } from '../../../src/model.ts';
import { LEAK } from '../../support/builders/example-report.ts';

const shares = (count: number): Breakdown => ({
  count: 70,
  top: Array.from({ length: count }, (_, index) => ({ address: `203.0.113.${index}`, bytes: 1000n - BigInt(index) })),
});
const GROUPED: Leak = {
  ...LEAK,
  ...{ status: 'new', source: null, sources: shares(3), destination: null, destinations: shares(2) },
  domain: `${'sub.'.repeat(40)}example.net`,
  growth: { bytes: 7n, sinceSeconds: 60 },
  ...{ fqdns: [], fqdnsOmitted: 100, fqdnsFailure: 'db.example.net:3306: no answer within 1m' },
};

/** What is shown of a leak, with its length. */
function fitted(leak: Leak, maxBytes: number): { shown: Leak; length: number } {
  const versions = new Map<string, Leak>();
  const message = fitLeak(leak, maxBytes, (shown) => {
    const text = toJson(shown);
    versions.set(text, shown);
    return text;
  });
  return { shown: versions.get(message) as Leak, length: Buffer.byteLength(message) };
}

/** What is shown as there is less and less room, each version once. */
function ever(leak: Leak): Leak[] {
  const seen: Leak[] = [];
  for (let room = 10_000; ; ) {
    const { shown, length } = fitted(leak, room);
    seen.push(shown);
    // It does not fit, and nothing shorter is left.
    if (length > room) return seen.slice(0, -1);
    // Up to here it fits.
    expect(fitted(leak, length).length).toBe(length);
    room = length - 1;
  }
}

test('with less room, details go one by one: the reason, the smallest shares, the timeline, growth, the domain', () => {
  const versions = ever(GROUPED).map(({ fqdnsFailure, sources, destinations, timeline, growth, domain, ...rest }) => ({
    line: [fqdnsFailure, sources?.top.length, destinations?.top.length, timeline.length, growth?.bytes, domain?.length],
    rest,
  }));
  const domain = GROUPED.domain?.length;
  expect(versions.map(({ line }) => line)).toEqual([
    [GROUPED.fqdnsFailure, 3, 2, 24, 7n, domain],
    ['', 3, 2, 24, 7n, domain],
    ['', 2, 2, 24, 7n, domain],
    ['', 1, 1, 24, 7n, domain],
    ['', 1, 1, 0, 7n, domain],
    ['', 1, 1, 0, undefined, domain],
    ['', 1, 1, 0, undefined, 60],
  ]);
  // All else is in each of them.
  expect(new Set(versions.map(({ rest }) => toJson(rest))).size).toBe(1);
  expect(versions[0]?.rest).toMatchObject({ bytes: LEAK.bytes, events: LEAK.events, fqdnsOmitted: 100 });
});

test('shares that are left out are the smallest, and still counted', () => {
  const [, , first] = ever(GROUPED);
  expect(first?.sources).toEqual({ count: 70, top: GROUPED.sources?.top.slice(0, 2) });
});

test('the domain keeps its end', () => {
  expect(ever(GROUPED).at(-1)?.domain).toMatch(/sub\.example\.net$/);
});

test('a leak without any of these has nothing to leave out but its timeline and its names', () => {
  const fqdns = ['a.example.net', 'b.example.net'];
  const versions = ever({ ...LEAK, status: 'new', fqdns, domain: null });
  expect(versions.map((leak) => [leak.timeline.length, leak.fqdns.length, leak.fqdnsOmitted])).toEqual([
    [24, 2, 0],
    [24, 1, 1],
    [24, 0, 2],
    [0, 2, 0],
    [0, 1, 1],
    [0, 0, 2],
  ]);
  expect(new Set(versions.map(({ fqdnsFailure, domain }) => `${fqdnsFailure} ${domain}`))).toEqual(
    new Set(['null null']),
  );
});

test('the main address is the one of the key, else the largest, else unknown', () => {
  expect(mainAddress('10.1.1.5', null)).toBe('10.1.1.5');
  expect(mainAddress(null, shares(2))).toBe('203.0.113.0');
  expect(mainAddress(null, shares(0))).toBe('unknown');
});
