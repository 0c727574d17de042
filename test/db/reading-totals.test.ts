import fc from 'fast-check';
import { expect } from 'vitest';
import { AS_OF, insertEvents } from '../support/builders/events.ts';
import { runOn } from '../support/command/leaktally.ts';
import { parseCsv } from '../support/command/output.ts';
import { test } from '../support/fixtures.ts';

const WINDOW = 86_400;
const ADDRESSES = [
  { stored: '10.1.1.5', shown: '10.1.1.5' },
  { stored: '::ffff:10.1.1.5', shown: '10.1.1.5' },
  { stored: '255.255.255.255', shown: '255.255.255.255' },
  { stored: '2001:db8:0:0:1:0:0:1', shown: '2001:db8::1:0:0:1' },
  { stored: '2001:0db8::1:0:0:2', shown: '2001:db8::1:0:0:2' },
  { stored: null, shown: 'unknown' },
  { stored: Buffer.from([10, 1, 1]), shown: 'unknown' },
  { stored: Buffer.alloc(0), shown: 'unknown' },
] as const;
const UNREADABLE = ['5,242,880', '-5', '5.2e6', '', 'many', '9007199254740992', '5242880.5'] as const;

/** 400 events of the last two days, the same in every test run. */
const EVENTS = fc.sample(
  fc.record({
    epoch: fc.integer({ min: AS_OF - 2 * WINDOW, max: AS_OF + 600 }),
    source: fc.constantFrom(...ADDRESSES),
    destination: fc.constantFrom(...ADDRESSES),
    bytes: fc.oneof(
      { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: 50_000_000n }) },
      { weight: 2, arbitrary: fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }) },
      { weight: 1, arbitrary: fc.constantFrom(...UNREADABLE) },
    ),
  }),
  { numRuns: 400, seed: 20_251_124 },
);
const IN_WINDOW = EVENTS.filter(({ epoch }) => epoch >= AS_OF - WINDOW && epoch <= AS_OF);

type Counted = { readonly source: string; readonly destination: string; readonly bytes: bigint };
const COUNTED = IN_WINDOW.flatMap(({ source, destination, bytes }): Counted[] =>
  typeof bytes === 'bigint' ? [{ source: source.shown, destination: destination.shown, bytes }] : [],
);

test.beforeAll(async ({ sharedDatabase }) => {
  await insertEvents(
    sharedDatabase,
    EVENTS.map((event) => ({ ...event, source: event.source.stored, destination: event.destination.stored })),
  );
});

/** Exact totals by group key, largest first. */
function totals(keyOf: (event: Counted) => string): [string, bigint][] {
  const sums = new Map<string, bigint>();
  for (const event of COUNTED) sums.set(keyOf(event), (sums.get(keyOf(event)) ?? 0n) + event.bytes);
  return [...sums].sort(([, a], [, b]) => (a < b ? 1 : -1));
}

test('the sample is worth testing: it has every group, and totals beyond what a number can hold', () => {
  const sums = totals(({ source, destination }) => `${source} ${destination}`);
  expect(sums.length).toBe(25);
  expect(sums[0]?.[1]).toBeGreaterThan(2n ** 53n);
  expect(COUNTED.length).toBeLessThan(IN_WINDOW.length);
});

test.for<[groupBy: string, keyOf: (event: Counted) => string]>([
  ['source,destination', ({ source, destination }) => `${source} ${destination}`],
  ['source', ({ source }) => `${source} `],
  ['destination', ({ destination }) => ` ${destination}`],
])('totals by %s are exact', async ([groupBy, keyOf], { sharedDatabase }) => {
  const args = ['--as-of', `${AS_OF}`, '--threshold', '0', '--format', 'csv', '--group-by', groupBy];
  const { code, stdout, stderr } = await runOn(sharedDatabase, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const rows = parseCsv(stdout).map(({ source, destination, bytes }) => [
    `${source} ${destination}`,
    BigInt(bytes ?? ''),
  ]);
  expect(rows).toEqual(totals(keyOf));
});

test('every event is accounted for, and byte counts are written out as integers', async ({ sharedDatabase }) => {
  const args = ['--as-of', `${AS_OF}`, '--threshold', '0', '--format', 'json'];
  const { stdout } = await runOn(sharedDatabase, args);
  expect(JSON.parse(stdout)).toMatchObject({
    events: {
      matched: IN_WINDOW.length,
      counted: COUNTED.length,
      excluded: 0,
      unreadable: IN_WINDOW.length - COUNTED.length,
      newest: Math.max(...IN_WINDOW.map(({ epoch }) => epoch)),
    },
  });
  const largest = totals(({ source, destination }) => `${source} ${destination}`)[0]?.[1];
  expect(stdout).toMatch(new RegExp(`"bytes": ?${largest},`));
});
