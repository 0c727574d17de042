import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAge, formatDuration, formatSize, parseDuration, parseSize } from '../../../src/util/units.ts';

describe('parseDuration', () => {
  test.each<[string, number]>([
    ['0s', 0],
    ['45s', 45],
    ['90m', 5400],
    ['24h', 86_400],
    ['2d', 172_800],
    [' 24 h ', 86_400],
    ['24H', 86_400],
    ['1w', 604_800],
    ['2 weeks', 1_209_600],
    ['1day', 86_400],
    ['24hours', 86_400],
    ['1 hr', 3600],
    ['90min', 5400],
    ['90MIN', 5400],
    ['30 Seconds', 30],
    ['1d12h', 129_600],
    ['1h30m', 5400],
    ['1 day 2 hours 3 min 4 secs', 93_784],
    ['1.5h 30m', 7200],
    ['1w0s', 604_800],
    ['1.5h', 5400],
    ['0.5d', 43_200],
    // Whole seconds, though not in binary floating point.
    ['1.1h', 3960],
    ['2.2h', 7920],
    ['0.7d', 60_480],
  ])('%j is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  const bad = [
    '',
    ' ',
    '24',
    'h',
    '-1h',
    '+1h',
    '1e3s',
    // Units in another order, or twice, are more likely a slip than a sum.
    '30m1h',
    '1h1h',
    '1h 30',
    '1mo',
    '1 month',
    // Months or minutes?
    '1M',
    '1 M',
    '1h30M',
    '5M30s',
    '1y',
    '1 fortnight',
    'day',
    '1hd',
    '1.5s1h',
    '1,5h',
    '.5h',
    '1.h',
    '1.5s',
  ];
  test.each([...bad, '9007199254740992s', `${'9'.repeat(400)}d`, '٢٤h'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test('reads what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.nat(), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });

  test('any number of tenths is exact', () => {
    const unit = fc.constantFrom(['m', 6] as const, ['h', 360] as const, ['d', 8640] as const);
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), unit, (tenths, [letter, secondsPerTenth]) => {
        const text = `${Math.trunc(tenths / 10)}.${tenths % 10}${letter}`;
        expect([text, parseDuration(text)]).toEqual([text, tenths * secondsPerTenth]);
      }),
    );
  });
});

describe('parseSize', () => {
  test.each<[string, number]>([
    ['0', 0],
    ['5242880', 5_242_880],
    ['5242880B', 5_242_880],
    ['100MB', 100_000_000],
    ['100MiB', 104_857_600],
    ['100 MB', 100_000_000],
    ['1kB', 1000],
    ['1KB', 1000],
    ['1KiB', 1024],
    ['1.5GB', 1_500_000_000],
    ['1.5GiB', 1_610_612_736],
    ['2TB', 2_000_000_000_000],
    ['1TiB', 1_099_511_627_776],
    ['100MIB', 104_857_600],
    ['100mib', 104_857_600],
    ['100mb', 100_000_000],
    ['0.1MB', 100_000],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  // Mb is a megabit to some readers and a megabyte to others.
  const megabits = ['100Mb', '100Gb', '100Mib', '100Tb', '100Kb'];
  const malformed = ['', 'MB', '100M', '100m', '-1', '+1', '1e6', '1,000', '1.', '.5MB', '100MBit', '100 M B', '0x10'];
  test.each([...megabits, ...malformed, '9007199254740992', '8192TiB', '9'.repeat(400)])('%j is none', (text) => {
    expect(parseSize(text)).toBeNull();
  });

  test('a bare number is itself', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseSize(String(bytes))).toBe(bytes);
      }),
    );
  });
});

test.each<[number, string]>([
  [0, '0s'],
  [45, '45s'],
  [90, '90s'],
  [300, '5m'],
  [5400, '90m'],
  [3600, '1h'],
  [86_400, '24h'],
  [90_000, '25h'],
  [172_800, '2d'],
])('formatDuration(%d) is %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each(['100 MB', '100 MiB', '1.5 GiB', '1.024 GB', '102.4 MB', '123.456789 MB', '512 B', '1 KiB', '1 kB'])(
  '%s is shown as it was given',
  (text) => {
    expect(formatSize(parseSize(text) ?? 0)).toBe(text);
  },
);

test.each([
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [1520, '25 min'],
  [7199, '120 min'],
  [7200, '2 h'],
  [21_913, '6 h'],
  [172_800, '2 days'],
  [31_536_000, '365 days'],
])('an age of %i seconds is %s', (seconds, text) => {
  expect(formatAge(seconds)).toBe(text);
});
