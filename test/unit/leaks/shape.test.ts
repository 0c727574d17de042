import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shapeOf } from '../../../src/leaks/shape.ts';
import { Tallier } from '../../../src/tally/tallier.ts';
import { Timescale } from '../../../src/tally/timescale.ts';

const A = Buffer.from([10, 1, 1, 5]);
const B = Buffer.from([203, 0, 113, 9]);
const LARGEST = Number.MAX_SAFE_INTEGER;

interface Sent {
  readonly epoch: number;
  readonly bytes: number;
}

function shape(sent: readonly Sent[], from: number, to: number) {
  const timescale = new Timescale(from, to);
  const tallier = new Tallier(timescale);
  for (const { epoch, bytes } of sent) tallier.add([A, B, epoch, `sum_octetdeltacount : ${bytes}`]);
  return shapeOf(
    [...tallier.pairs()].flatMap((pair) => [...pair.cells]),
    timescale,
  );
}

test('a burst and a drip look different', () => {
  const day = 86_400;
  const burst = shape(
    [1000, 1300, 1600].map((epoch) => ({ epoch, bytes: 50 })),
    0,
    day,
  );
  expect(burst).toMatchObject({ activeSlots: 3, longestPauseSeconds: 0 });
  expect(burst.timeline).toEqual([150n, ...new Array(23).fill(0n)]);
  const drip = shape(
    [1000, 30_000, 80_000].map((epoch) => ({ epoch, bytes: 50 })),
    0,
    day,
  );
  expect(drip).toMatchObject({ activeSlots: 3, longestPauseSeconds: 50_000 });
  expect(drip.timeline.flatMap((bytes, step) => (bytes > 0n ? step : []))).toEqual([0, 8, 22]);
});

test('the last second of the window is in its last step', () => {
  expect(shape([{ epoch: 86_400, bytes: 7 }], 0, 86_400).timeline.at(-1)).toBe(7n);
});

test('agrees with a naive oracle, whatever the window and the order of the events', () => {
  const window = fc.record({
    from: fc.integer({ min: 0, max: 2_000_000 }),
    length: fc.integer({ min: 1, max: 400_000 }),
  });
  const events = fc.array(
    fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), bytes: fc.constantFrom(0, 1, 12_345, LARGEST) }),
    { maxLength: 80, size: 'max' },
  );
  fc.assert(
    fc.property(window, events, ({ from, length }, list) => {
      const sent = list.map(({ at, bytes }) => ({ epoch: from + Math.floor(at * length), bytes }));
      const { timeline, activeSlots, longestPauseSeconds } = shape(sent, from, from + length);
      const expected = new Array<bigint>(24).fill(0n);
      for (const { epoch, bytes } of sent) {
        const step = Math.min(23, Math.floor(((epoch - from) * 24) / length));
        expected[step] = (expected[step] as bigint) + BigInt(bytes);
      }
      expect(timeline).toEqual(expected);
      expect(activeSlots).toBe(new Set(sent.map(({ epoch }) => Math.floor(epoch / 300))).size);
      const times = sent.map(({ epoch }) => epoch).sort((a, b) => a - b);
      const pauses = times.slice(1).flatMap((time, index) => {
        const before = times[index] as number;
        return Math.floor(time / 300) - Math.floor(before / 300) > 1 ? time - before : [];
      });
      expect(longestPauseSeconds).toBe(Math.max(0, ...pauses));
    }),
  );
});
