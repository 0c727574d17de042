import { expect, test } from 'vitest';
import { Timescale } from '../../../src/tally/timescale.ts';

const HOUR = 3600;
/** An epoch of today, which no slot begins with. */
const FROM = 1_764_000_007;

test('slots are those of the clock, counted from the one in which the window begins', () => {
  const timescale = new Timescale(FROM, FROM + 24 * HOUR);
  const border = FROM - 7 + 300;
  expect([FROM, border - 1, border, border + 299, border + 300].map((epoch) => timescale.slot(epoch))).toEqual([
    ...[0, 0, 1, 1, 2],
  ]);
  expect([FROM, border - 1, border].map((epoch) => timescale.slotEnd(epoch))).toEqual([border, border, border + 300]);
});

test('an event on the border of two steps is in the later one, whatever the window is', () => {
  for (let hours = 1; hours <= 72; hours++) {
    const seconds = hours * HOUR;
    const timescale = new Timescale(FROM, FROM + seconds);
    const borders = Array.from({ length: 24 }, (_, step) => FROM + step * (seconds / 24));
    expect(borders.map((epoch) => timescale.step(epoch))).toEqual(borders.map((_, step) => step));
    expect(borders.slice(1).map((epoch) => timescale.step(epoch - 1))).toEqual(borders.slice(1).map((_, step) => step));
    expect(timescale.step(FROM + seconds)).toBe(23);
  }
});

test('a window of a second has its two times in the first and in the last step', () => {
  const timescale = new Timescale(FROM, FROM + 1);
  expect([timescale.step(FROM), timescale.step(FROM + 1)]).toEqual([0, 23]);
});
