import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTime, parseTime } from '../../../src/util/units.ts';

describe('parseTime', () => {
  test.each<[string, number]>([
    ['0', 0],
    ['1763950000', 1_763_950_000],
    ['2025-11-24T02:06:40Z', 1_763_950_000],
    ['2025-11-24T02:06:40+00:00', 1_763_950_000],
    ['2025-11-24T03:06:40+01:00', 1_763_950_000],
    ['2025-11-23T21:06:40-05:00', 1_763_950_000],
    ['2025-11-24T02:06Z', 1_763_949_960],
    ['2024-02-29T00:00:00Z', 1_709_164_800],
    ['1970-01-01T00:00:00Z', 0],
    // As reports show times.
    ['2025-11-24 02:06:40 UTC', 1_763_950_000],
    ['2025-11-24 02:06:40Z', 1_763_950_000],
    ['2025-11-24 03:06:40 +01:00', 1_763_950_000],
    ['2025-11-24t02:06:40z', 1_763_950_000],
    // What JavaScript's toISOString and many logs write.
    ['2025-11-24T02:06:40.000Z', 1_763_950_000],
  ])('%j is %d', (text, seconds) => {
    expect(parseTime(text)).toBe(seconds);
  });

  test.each([
    '',
    'now',
    'yesterday',
    '-1',
    '1.5',
    '1e9',
    // In milliseconds, so a time far in the future.
    '1763950000000',
    // No time zone.
    '2025-11-24T02:06:40',
    '2025-11-24',
    '2025-11-24 02:06:40',
    '2025-11-24 02:06:40 CET',
    '2025-11-24  02:06:40Z',
    'Mon, 24 Nov 2025 02:06:40 GMT',
    '2025-02-30T00:00:00Z',
    '2025-02-29T00:00:00+01:00',
    '2025-04-31T12:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-00-10T00:00:00Z',
    '2025-11-24T25:00:00Z',
    '2025-11-24T02:60:00Z',
    '2025-11-24T02:06:40+99:99',
    '1969-12-31T23:59:59Z',
  ])('%j is none', (text) => {
    expect(parseTime(text)).toBeNull();
  });

  test('reads what formatTime writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 4_102_444_800 }), (seconds) => {
        expect(parseTime(formatTime(seconds))).toBe(seconds);
      }),
    );
  });
});
