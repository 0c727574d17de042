import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventSeries } from '../../../src/check/events/event-series.ts';
import { usualDistance } from '../../../src/check/events/usual-distance.ts';

type Event = readonly [epoch: number, bytes: number];

function seriesOf(events: readonly Event[]): EventSeries {
  const series = new EventSeries('aaaa', 'bbbb');
  for (const [epoch, bytes] of events) series.add(epoch, bytes);
  return series;
}

function repeatedIn(events: readonly Event[]): string[] {
  const found: string[] = [];
  seriesOf(events).forEachRepeated((...repeated) => found.push(repeated.join(' ')));
  return found.sort();
}

const event = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3 }));

test('events are repeated in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40, size: 'max' }), (events) => {
      const times = new Map<string, number>();
      for (const [epoch, bytes] of events) {
        times.set(`${epoch} ${bytes}`, (times.get(`${epoch} ${bytes}`) ?? 0) + 1);
      }
      const expected = [...times].filter(([, count]) => count > 1).map(([key, count]) => `${key} ${count}`);
      expect(repeatedIn(events)).toEqual(expected.sort());
    }),
  );
});

/** Events at these periods of five minutes. */
function at(periods: readonly number[]): EventSeries {
  return seriesOf(periods.map((period) => [1_763_950_000 + period * 300, 1]));
}

const upTo = (count: number, step = 1) => Array.from({ length: count }, (_, index) => index * step);

test('the usual distance is the most frequent one, and an accident is not the shortest', () => {
  expect(usualDistance([at(upTo(21))])).toMatchObject({ count: 20, usual: 1, shortest: 1, pauses: null });
  expect(usualDistance([at([...upTo(30, 12), 349])])).toMatchObject({ usual: 12, shortest: 12 });
  expect(usualDistance([at(upTo(20))])).toBeNull();
  expect(usualDistance([])).toBeNull();
});

test('in any order, and several events in one period are one', () => {
  const shuffled = [...upTo(15), ...upTo(30), ...upTo(30).map((period) => period + 0.2)].reverse();
  expect(usualDistance([at(shuffled)])).toMatchObject({ count: 29, usual: 1, shortest: 1 });
});

test('pauses count inside steady streams, from two missing periods on, and when most are of one length', () => {
  const streams = (lengths: readonly number[]) => {
    let period = 0;
    return lengths.flatMap((pause) => {
      const stream = [0, 1, 2, 3].map((step) => period + step);
      period += 3 + pause;
      return stream;
    });
  };
  expect(usualDistance([at(streams(upTo(9).fill(12)))])?.pauses).toEqual({ length: 12, count: 8 });
  expect(usualDistance([at(streams(upTo(9).fill(2)))])?.pauses).toBeNull();
  expect(usualDistance([at(streams(upTo(12).map((index) => 3 + index)))])?.pauses).toBeNull();
  expect(usualDistance([at(streams([12, 12, 12, 12, 12])), at(upTo(20))])?.pauses).toBeNull();
});
