import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell, Pair } from '../../../src/model.ts';
import { PairTable } from '../../../src/tally/pair-table.ts';
import { Timescale } from '../../../src/tally/timescale.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;
/** 2025-12-01 00:00:00 UTC, a border between two slots. */
const MIDNIGHT = 1_764_547_200;
const DAY = 86_400;
const A = '\x0a\x01\x01\x05';
const B = '\xcb\x00\x71\x09';
const C = '\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01';

interface Event {
  readonly source: string;
  readonly destination: string;
  readonly epoch: number;
  readonly bytes: number;
}

const yesterday = new Timescale(MIDNIGHT - DAY, MIDNIGHT);

function fill(events: readonly Event[], timescale: Timescale = yesterday): Pair[] {
  const table = new PairTable(timescale);
  for (const { source, destination, epoch, bytes } of events) table.add(source, destination, epoch, bytes);
  return [...table];
}

/** The one pair that these events, each an epoch and bytes, are of. */
function fillPair(events: readonly (readonly [epoch: number, bytes: number])[], timescale?: Timescale): Pair {
  const pairs = fill(
    events.map(([epoch, bytes]) => ({ source: A, destination: B, epoch, bytes })),
    timescale,
  );
  expect(pairs).toHaveLength(1);
  return pairs[0] as Pair;
}

function inOrder(cells: readonly Cell[]): Cell[] {
  return [...cells].sort((a, b) => a.first - b.first);
}

describe('pairs', () => {
  test('come in the order of their first events, in which direction they send makes a difference', () => {
    const route = (source: string, destination: string) => ({ source, destination, epoch: MIDNIGHT - 60, bytes: 1 });
    const routes = [route(B, A), route(C, B), route(A, B), route('', B), route(B, ''), route(B, C)];
    const pairs = fill([...routes, ...[...routes].reverse()]);
    expect(pairs.map(({ source, destination, events, bytes }) => ({ source, destination, events, bytes }))).toEqual(
      routes.map(({ source, destination }) => ({ source, destination, events: 2, bytes: 2n })),
    );
  });

  test('text in place of an address is kept apart from the address whose bytes it resembles', () => {
    const sources = ['\u0101\0\0\0', '\x01\0\0\0', '\0\u0100\0\0', '\0\0\x01\0'];
    const pairs = fill(sources.map((source) => ({ source, destination: B, epoch: MIDNIGHT, bytes: 1 })));
    expect(pairs.map(({ source }) => source)).toEqual(sources);
  });

  test('can be read again after further events', () => {
    const table = new PairTable(yesterday);
    table.add(A, B, MIDNIGHT - 10, 5);
    expect([...table].map(({ bytes, events }) => [bytes, events])).toEqual([[5n, 1]]);
    table.add(A, B, MIDNIGHT - 5, 6);
    expect([...table].map(({ bytes, events }) => [bytes, events])).toEqual([[11n, 2]]);
  });

  test.each([
    ['in one slot', 1],
    ['each in a slot of its own', 300],
  ])('sums beyond 2^53 are exact: events %s', (_, secondsApart) => {
    const bytes = [LARGEST, LARGEST, 1, LARGEST, 2, 0, LARGEST - 1];
    const pair = fillPair(bytes.map((count, index) => [MIDNIGHT - 3000 + index * secondsApart, count]));
    expect(pair.bytes).toBe(4n * BigInt(LARGEST) + 2n);
    for (const cell of pair.cells) expect(Number.isSafeInteger(cell.bytes)).toBe(true);
  });
});

describe('cells', () => {
  test('the events of a slot are one cell, whatever their order', () => {
    const slot = MIDNIGHT - 900;
    const pair = fillPair([
      [slot + 200, 1],
      [slot + 299, 2],
      [slot, 4],
      [slot + 300, 8],
    ]);
    expect(inOrder(pair.cells)).toEqual([
      { first: slot, last: slot + 299, bytes: 7, events: 3 },
      { first: slot + 300, last: slot + 300, bytes: 8, events: 1 },
    ]);
  });

  test('end where a step of the timeline ends, also within a slot', () => {
    // 15 minutes: steps of 37.5 seconds in slots of 300.
    const from = MIDNIGHT - 900;
    const seconds = [0, 37, 38, 74, 75, 299, 300];
    const pair = fillPair(
      seconds.map((second) => [from + second, 1]),
      new Timescale(from, MIDNIGHT),
    );
    expect(inOrder(pair.cells).map(({ first, last }) => [first - from, last - from])).toEqual([
      [0, 37],
      [38, 74],
      [75, 75],
      [299, 299],
      [300, 300],
    ]);
  });

  test('the last second of the window belongs to its last step', () => {
    const to = MIDNIGHT + 100;
    const pair = fillPair(
      [
        [to - 1, 1],
        [to, 2],
      ],
      new Timescale(to - DAY, to),
    );
    expect(pair.cells).toEqual([{ first: to - 1, last: to, bytes: 3, events: 2 }]);
  });

  test('are few after any number of unordered events, and lose neither times nor bytes', () => {
    // Three exporters that report late, one after the other; the events of a slot come latest first.
    const slots = [MIDNIGHT - 3600, MIDNIGHT - 1800, MIDNIGHT - 300];
    const events = Array.from({ length: 30_000 }, (_, index): [number, number] => [
      (slots[index % 3] as number) + 299 - (Math.floor(index / 3) % 300),
      index,
    ]);
    const { cells, bytes } = fillPair(events);
    expect(bytes).toBe(449_985_000n);
    expect(cells.length).toBeLessThan(100);
    for (const [index, slot] of slots.entries()) {
      const ofSlot = cells.filter(({ first }) => first >= slot && first < slot + 300);
      expect(Math.min(...ofSlot.map(({ first }) => first))).toBe(slot);
      expect(Math.max(...ofSlot.map(({ last }) => last))).toBe(slot + 299);
      expect(ofSlot.reduce((sum, cell) => sum + cell.bytes, 0)).toBe(10_000 * index + 149_985_000);
    }
  });

  test('are one up to the largest exact sum', () => {
    const pair = fillPair([
      [MIDNIGHT - 1, LARGEST - 1],
      [MIDNIGHT - 1, 1],
    ]);
    expect(pair.cells).toEqual([{ first: MIDNIGHT - 1, last: MIDNIGHT - 1, bytes: LARGEST, events: 2 }]);
  });

  test('stay apart where their sum would not be exact', () => {
    const events = Array.from({ length: 400 }, (_, index): [number, number] =>
      index % 2 ? [MIDNIGHT - 1, 1] : [MIDNIGHT - DAY, LARGEST],
    );
    const { cells, bytes } = fillPair(events);
    expect(bytes).toBe(200n * BigInt(LARGEST) + 200n);
    expect(cells.filter((cell) => cell.bytes === LARGEST)).toHaveLength(200);
    expect(cells.length).toBeLessThan(400);
  });
});

test('totals and cells agree with naive sums, whatever the events and their order', () => {
  const window = fc.record({
    to: fc.constantFrom(MIDNIGHT, MIDNIGHT + 1, MIDNIGHT + 299),
    seconds: fc.constantFrom(900, 3601, DAY, 7 * DAY),
  });
  const address = fc.constantFrom(A, B, C, '');
  const bytes = fc.oneof(fc.nat(8_000_000), fc.maxSafeNat(), fc.constantFrom(LARGEST, LARGEST - 1, 1, 0));
  // Much of it within few slots, so that there is something to merge.
  const age = fc.oneof(fc.constantFrom(0, 1, 299, 300, 301, 600, 899, 900), fc.nat(3600), fc.nat(7 * DAY));
  const event = fc.record({ source: address, destination: fc.constantFrom(A, B), age, bytes });
  fc.assert(
    fc.property(window, fc.array(event, { maxLength: 1000, size: 'max' }), ({ to, seconds }, drawn) => {
      const timescale = new Timescale(to - seconds, to);
      const events = drawn.map(({ age, ...rest }) => ({ ...rest, epoch: to - (age % (seconds + 1)) }));
      const naive = sumNaively(events, timescale);
      const pairs = fill(events, timescale);
      expect(pairs.map((pair) => `${pair.source}>${pair.destination}`)).toEqual([...naive.keys()]);
      for (const pair of pairs) {
        const expected = naive.get(`${pair.source}>${pair.destination}`);
        expect({ events: pair.events, bytes: pair.bytes }).toEqual({
          events: expected?.events,
          bytes: expected?.bytes,
        });
        expect(stretchesOf(pair.cells, timescale)).toEqual(expected?.stretches);
      }
    }),
  );
});

interface Stretch {
  readonly first: number;
  readonly last: number;
  readonly bytes: bigint;
}

/** By slot and step of the timeline, which are what cells must tell apart. */
function stretchesOf(cells: readonly Cell[], timescale: Timescale): Map<string, Stretch> {
  const stretches = new Map<string, Stretch>();
  const keyOf = (epoch: number) => `${timescale.slot(epoch)}/${timescale.step(epoch)}`;
  for (const { first, last, bytes } of cells) {
    const key = keyOf(first);
    if (keyOf(last) !== key) throw new Error(`the cell from ${first} to ${last} crosses a border`);
    if (!Number.isSafeInteger(bytes)) throw new Error(`the cell from ${first} to ${last} has ${bytes} bytes`);
    const known = stretches.get(key);
    stretches.set(key, {
      first: Math.min(first, known?.first ?? first),
      last: Math.max(last, known?.last ?? last),
      bytes: BigInt(bytes) + (known?.bytes ?? 0n),
    });
  }
  return stretches;
}

function sumNaively(events: readonly Event[], timescale: Timescale) {
  const keyOf = ({ source, destination }: Event) => `${source}>${destination}`;
  return new Map(
    Array.from(new Set(events.map(keyOf)), (key) => {
      const ofPair = events.filter((event) => keyOf(event) === key);
      const cells = ofPair.map(({ epoch, bytes }) => ({ first: epoch, last: epoch, bytes, events: 1 }));
      const bytes = ofPair.reduce((sum, event) => sum + BigInt(event.bytes), 0n);
      return [key, { events: ofPair.length, bytes, stretches: stretchesOf(cells, timescale) }];
    }),
  );
}
