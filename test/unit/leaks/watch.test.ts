import { expect, test } from 'vitest';
import { isWatched } from '../../../src/leaks/watch.ts';

test.each([
  [79n, false],
  [80n, true],
  [100n, true],
  [101n, false],
])('with 80 of 100 as the limit, %i bytes are watched: %s', (bytes, expected) => {
  expect(isWatched(bytes, 100, 80)).toBe(expected);
});

test('the limit is exact where it is no integer, and beyond 2^53', () => {
  expect(isWatched(79n, 99, 80)).toBe(false);
  expect(isWatched(80n, 99, 80)).toBe(true);
  const thresholdBytes = Number.MAX_SAFE_INTEGER;
  expect(isWatched(BigInt(thresholdBytes), thresholdBytes, 100)).toBe(true);
  expect(isWatched(BigInt(thresholdBytes) - 1n, thresholdBytes, 100)).toBe(false);
});

test('nothing is watched unless that is asked for', () => {
  expect(isWatched(100n, 100, null)).toBe(false);
  expect(isWatched(0n, 0, 80)).toBe(false);
});
