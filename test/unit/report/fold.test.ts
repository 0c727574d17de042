import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { cutMiddle, fold, pad } from '../../../src/report/fold.ts';

test.each<[string, number, string[]]>([
  ['', 5, ['']],
  ['one two', 7, ['one two']],
  ['one two', 6, ['one', 'two']],
  ['one two three', 7, ['one two', 'three']],
  ['abcdefgh ij', 5, ['abcde', 'fgh', 'ij']],
  ['2001:db8:aaaa::1', 12, ['2001:db8:', 'aaaa::1']],
  ['漢字漢字', 5, ['漢字', '漢字']],
  ['😀😀', 1, ['😀', '😀']],
  ['🇩🇪🇫🇷', 3, ['🇩🇪', '🇫🇷']],
  ['👍🏽👍🏽', 3, ['👍🏽', '👍🏽']],
  ['e\u0301e\u0301e\u0301', 2, ['e\u0301e\u0301', 'e\u0301']],
])('%j in %d columns', (text, columns, lines) => {
  expect(fold(text, columns)).toEqual(lines);
});

test('nothing is lost but spaces, no line is wider, no character is cut in two', () => {
  const texts = fc.array(fc.constantFrom('a', 'word', ' ', '漢', '😀', '👍🏽', '🇩🇪', 'e\u0301', '-'), {
    maxLength: 60,
    size: 'max',
  });
  fc.assert(
    fc.property(texts, fc.integer({ min: 2, max: 30 }), (parts, columns) => {
      const lines = fold(parts.join(''), columns);
      expect(lines.join('').replaceAll(' ', '')).toBe(parts.join('').replaceAll(' ', ''));
      for (const line of lines) {
        expect(stringWidth(line)).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(/^\p{Cs}|\p{Cs}$/u);
      }
    }),
  );
});

test.each([
  ['漢字漢字漢字', 9, 0, '漢字…漢字'],
  ['漢字漢字', 6, 0, '漢…字'],
  ['漢字', 4, 0, '漢字'],
  ['👍🏽👍🏽👍🏽', 5, 0, '👍🏽…👍🏽'],
  ['🇩🇪🇫🇷🇮🇹', 4, 0, '…🇮🇹'],
  ['e\u0301e\u0301e\u0301', 2, 0, '…e\u0301'],
  ['login.good.example.evil.test', 12, 0, 'login…l.test'],
  ['login.good.example.evil.test', 12, 10, 'l….evil.test'],
  ['login.good.example.evil.test', 12, 11, '…e.evil.test'],
])('%j is cut in its middle to %d columns, and the last %d stay', (text, columns, end, cut) => {
  expect(cutMiddle(text, columns, end)).toBe(cut);
});

test('a line is padded on the given side', () => {
  expect([pad('漢', 4, 'left'), pad('漢', 4, 'right'), pad('long', 2, 'left')]).toEqual(['漢  ', '  漢', 'long']);
});
