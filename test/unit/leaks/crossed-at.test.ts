import { expect, test } from 'vitest';
import { crossedAt } from '../../../src/leaks/crossed-at.ts';

const cell = (first: number, last: number, bytes: number) => ({ first, last, bytes, events: last === first ? 1 : 2 });

test.each([
  ['the event that takes the total above the threshold', 99, 600],
  ['a total that is as large as the threshold is not above it', 100, 960],
  ['the last event of a slot with several, by which it is certain', 149, 960],
  ['never above it', 150, null],
] as const)('%s', (_, threshold, seconds) => {
  expect(crossedAt([cell(300, 300, 60), cell(600, 600, 40), cell(900, 960, 50)], threshold)).toBe(seconds);
});

test('what an exception left out for a time counts from its end on', () => {
  const late = { ...cell(300, 300, 60), countsFrom: 1200 };
  expect(crossedAt([late, cell(600, 600, 40), cell(900, 960, 50)], 89)).toBe(960);
  expect(crossedAt([late, cell(600, 600, 40), cell(900, 960, 50)], 100)).toBe(1200);
});
