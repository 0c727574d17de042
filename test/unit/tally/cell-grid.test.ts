import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Group } from '../../../src/model.ts';
import { CellGrid } from '../../../src/tally/cell-grid.ts';
import { breakDown, groupPairs, groupWithin } from '../../../src/tally/group-pairs.ts';
import { Looks } from '../../../src/tally/looks.ts';
import { PairTable } from '../../../src/tally/pair-table.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;
/** An epoch of today, which no slot and no window begins with. */
const NOW = 1_764_000_007;
const [A, B, C] = ['\x0a\x01\x01\x05', '\xcb\x00\x71\x09', '\xc6\x33\x64\x07'];

interface Event {
  readonly destination: string;
  readonly epoch: number;
  readonly bytes: number;
}

/** The group of the source, with the cells that a scan for these looks leaves. */
function groupOf(events: readonly Event[], looks: Looks, windowSeconds: number) {
  const table = new PairTable(new CellGrid(looks, windowSeconds));
  for (const { destination, epoch, bytes } of events) table.add(A, destination, epoch, bytes);
  return groupPairs(table, ['source'], () => true)[0];
}

function expectExact(events: readonly Event[], looks: Looks, windowSeconds: number): void {
  const group = groupOf(events, looks, windowSeconds);
  expect(group === undefined).toBe(events.length === 0);
  if (!group) return;
  expect(group.bytes).toBe(events.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n));
  for (let index = 0; index < looks.count; index++) {
    const at = looks.time(index);
    const { bytes, events: count, firstSeen, lastSeen } = groupWithin(group, at - windowSeconds, at);
    const within = events.filter(({ epoch }) => epoch >= at - windowSeconds && epoch <= at);
    const epochs = within.map(({ epoch }) => epoch);
    expect({ at, bytes, count }).toEqual({
      at,
      bytes: within.reduce((sum, event) => sum + BigInt(event.bytes), 0n),
      count: within.length,
    });
    if (within.length > 0) {
      expect([firstSeen, lastSeen]).toEqual([Math.min(...epochs), Math.max(...epochs)]);
    }
  }
}

test('bytes, events, first and last seen are exact at each look, whatever the order of the events', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(15, 300, 301, 3600, 3700, 86_400),
      fc.integer({ min: 0, max: 6000 }),
      fc.array(
        fc.tuple(fc.constantFrom(B, C), fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(1, 7, 50, LARGEST)),
        { maxLength: 150, size: 'max' },
      ),
      (windowSeconds, gap, drafts) => {
        const looks = new Looks(NOW - gap, NOW);
        const from = looks.first - windowSeconds;
        const events = drafts.map(([destination, at, bytes]) => {
          return { destination, epoch: from + Math.round(at * (NOW - from)), bytes };
        });
        expectExact(events, looks, windowSeconds);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  [3000, 3600],
  // The last look is nearer or farther than five minutes, so that windows begin where no step and no slot does.
  [3117, 3600],
  [3117, 3700],
  [900_017, 86_400],
  [1217, 15],
])('events on the edges of the windows, latest first: a gap of %i s, windows of %i s', (gap, windowSeconds) => {
  const looks = new Looks(NOW - gap, NOW);
  const times = Array.from({ length: looks.count }, (_, index) => looks.time(index)).slice(-40);
  const edges = times.flatMap((time) => [time, time - windowSeconds]);
  const events = edges
    .flatMap((edge) => [edge - 1, edge, edge + 1])
    .filter((epoch) => epoch <= NOW && epoch >= looks.first - windowSeconds)
    .sort((a, b) => b - a)
    .map((epoch, index) => ({ destination: B, epoch, bytes: index + 1 }));
  expectExact(events, looks, windowSeconds);
});

test('many unordered events of one slot are merged, and keep their first and last time', () => {
  const looks = new Looks(null, NOW);
  const start = Math.floor(NOW / 300) * 300 - 600;
  const seconds = [150, 10, 290, 1, 200, 299, 0, 100];
  const events = Array.from({ length: 4000 }, (_, index) => ({
    destination: B,
    epoch: start - 300 * (index % 40) + (seconds[index % 8] as number),
    bytes: LARGEST,
  }));
  expectExact(events, looks, 86_400);
});

test('there are few cells where nothing begins or ends', () => {
  const looks = new Looks(NOW - 3000, NOW);
  const events = Array.from({ length: 3600 }, (_, index) => ({
    destination: B,
    epoch: NOW - 5 * 3600 + index,
    bytes: 1,
  }));
  // An hour that begins seven seconds into a slot, and is one step.
  expect(groupOf(events, looks, 86_400)?.cells).toHaveLength(13);
});

test('of a group within a time, only the pairs with an event then are left', () => {
  const looks = new Looks(NOW - 1200, NOW);
  const events = [
    { destination: B, epoch: NOW - 86_400 - 800, bytes: 7 },
    { destination: C, epoch: NOW - 60, bytes: 8 },
  ];
  const group = groupOf(events, looks, 86_400) as Group;
  const within = groupWithin(group, NOW - 86_400, NOW);
  expect(group.pairs).toHaveLength(2);
  expect(within.pairs.map(({ destination, bytes, events }) => [destination, bytes, events])).toEqual([[C, 8n, 1]]);
  expect(breakDown(within, 'destination')).toMatchObject({ count: 1 });
  expect([within.key, within.source, within.destination]).toEqual([group.key, group.source, null]);
});

test('the cells of a group are in the order of their first events, whichever pairs they are of', () => {
  const epochs = [NOW - 9000, NOW - 5000, NOW - 7000, NOW - 3000, NOW - 8000];
  const events = epochs.map((epoch, index) => ({ destination: index % 2 ? B : C, epoch, bytes: 1 }));
  const cells = groupOf(events, new Looks(null, NOW), 86_400)?.cells;
  expect(cells?.map(({ first }) => first)).toEqual([...epochs].sort((a, b) => a - b));
});
