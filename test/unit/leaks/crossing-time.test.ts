import { describe, expect, test } from 'vitest';
import { crossingTime } from '../../../src/leaks/crossing-time.ts';
import { Timescale } from '../../../src/tally/timescale.ts';

const DAY = 86_400;
const HOUR = 3600;
/** A day that ends at DAY, with these bytes an hour; `steps` counts hours from the window's start. */
const crosses = (steps: Record<number, number>, firstSeen: number, threshold = 100) =>
  crossingTime(
    Array.from({ length: 24 }, (_, step) => BigInt(steps[step] ?? 0)),
    firstSeen,
    new Timescale(0, DAY),
    threshold,
  );

describe('crossingTime', () => {
  test('a new group goes on at its pace', () => {
    // 60 in two hours, 40 are left.
    expect(crosses({ 22: 30, 23: 30 }, 22 * HOUR)).toBe(DAY + (40 / 30) * HOUR);
  });

  test('a pace is that of the group, not of the time before it', () => {
    // 60 in half an hour: 20 minutes for the 40 that are left.
    expect(crosses({ 23: 60 }, DAY - 1800)).toBe(DAY + 1200);
  });

  test('a single event just now is spread over the five minutes that it reports', () => {
    expect(crosses({ 23: 50 }, DAY - 1)).toBe(DAY + 300);
  });

  test('without bytes lately it does not cross', () => {
    expect(crosses({ 10: 99 }, 10 * HOUR)).toBeNull();
  });

  test('bytes that leave the window count: an even drip stays where it is', () => {
    const drip = Object.fromEntries(Array.from({ length: 24 }, (_, step) => [step, 4]));
    expect(crosses(drip, 0)).toBeNull();
    expect(crosses({ ...drip, 22: 5, 23: 5 }, 0, 97)).not.toBeNull();
  });

  test('it crosses when old bytes leave more slowly than new ones come', () => {
    // Now 99 in all: the 40 of the first hour leave while 10 come, then 10 an hour: 69, 79, 89, 99, 109.
    expect(crosses({ 0: 40, 20: 39, 22: 10, 23: 10 }, 0)).toBe(DAY + Math.ceil(4.1 * HOUR));
  });

  test('a total that is at the threshold crosses with the next byte', () => {
    expect(crosses({ 22: 50, 23: 50 }, 22 * HOUR)).toBe(DAY);
  });

  test('a window of today is as long as one of 1970', () => {
    const from = 1_764_000_007;
    // As above: old bytes leave more slowly than new ones come.
    const steps: Record<number, number> = { 0: 40, 20: 39, 22: 10, 23: 10 };
    const timeline = Array.from({ length: 24 }, (_, step) => BigInt(steps[step] ?? 0));
    const time = crossingTime(timeline, from, new Timescale(from, from + DAY), 100);
    expect(time).toBe(from + DAY + Math.ceil(4.1 * HOUR));
  });
});
