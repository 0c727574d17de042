import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plural, sanitize, truncateStart } from '../../../src/util/text.ts';

/** Text as it may come from a database: any code unit, lone surrogates too. */
const anyText = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60, size: 'max' })
    .map((units) => String.fromCharCode(...units)),
  fc.string({ unit: 'binary', maxLength: 60, size: 'max' }),
);

describe('sanitize', () => {
  // By code point, from the Unicode character database; the code goes by category.
  const unsafe: readonly (readonly [what: string, from: number, to: number])[] = [
    ['C0 controls, line breaks, escape', 0x00, 0x1f],
    ['DEL and C1 controls', 0x7f, 0x9f],
    ['soft hyphen', 0xad, 0xad],
    ['Arabic letter mark', 0x61c, 0x61c],
    ['Mongolian vowel separator', 0x180e, 0x180e],
    ['zero-width characters and directional marks', 0x200b, 0x200f],
    ['line and paragraph separator, bidi embeddings and overrides', 0x2028, 0x202e],
    ['invisible operators', 0x2060, 0x2064],
    ['bidi isolates', 0x2066, 0x206f],
    ['byte order mark', 0xfeff, 0xfeff],
    ['interlinear annotation', 0xfff9, 0xfffb],
    ['tags', 0xe0020, 0xe007f],
    ['combining grapheme joiner', 0x34f, 0x34f],
    ['Hangul fillers', 0x115f, 0x1160],
    ['Hangul filler', 0x3164, 0x3164],
    ['halfwidth Hangul filler', 0xffa0, 0xffa0],
    ['Khmer inherent vowels', 0x17b4, 0x17b5],
    ['variation selectors', 0xfe00, 0xfe0f],
    ['no-break space', 0xa0, 0xa0],
    ['blanks of other widths', 0x2000, 0x200a],
    ['narrow no-break space', 0x202f, 0x202f],
    ['ideographic space', 0x3000, 0x3000],
    ['braille pattern blank', 0x2800, 0x2800],
  ];
  test.each(unsafe)('replaces %s', (_, from, to) => {
    for (let point = from; point <= to; point++) {
      expect([point, sanitize(`a${String.fromCodePoint(point)}b`)]).toEqual([point, 'a?b']);
    }
  });

  test('replaces lone surrogates and keeps pairs', () => {
    expect(sanitize('a\ud83d')).toBe('a?');
    expect(sanitize('\ude00b')).toBe('?b');
    expect(sanitize('\ude00\ud83d')).toBe('??');
    expect(sanitize('\ud83d\ude00')).toBe('😀');
  });

  test('leaves safe text alone', () => {
    for (const text of ['', 'upload.example.net', 'bücher.example', '例え.テスト', 'пример', '😀', ' ;,"\'<>&%\\']) {
      expect(sanitize(text)).toBe(text);
    }
  });

  test('nothing of Cc, Cf, Zl, Zp and no lone surrogate survives', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const safe = sanitize(text);
        for (const char of safe) expect(char).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]$/u);
        // A lone surrogate does not survive UTF-8.
        expect(Buffer.from(safe, 'utf8').toString('utf8')).toBe(safe);
      }),
    );
  });

  test('every other character stays where it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const [before, after] = [[...text], [...sanitize(text)]];
        expect(after).toHaveLength(before.length);
        expect(after.filter((char, at) => char !== before[at] && char !== '?')).toEqual([]);
        expect(sanitize(after.join(''))).toBe(after.join(''));
      }),
    );
  });

  test('visible letters, numbers, marks, punctuation, symbols and spaces are unchanged', () => {
    const safeText = fc
      .string({ unit: 'binary' })
      .map((text) => text.replace(/[^\p{L}\p{N}\p{M}\p{P}\p{S} ]|[\p{DI}\u2800]/gu, ''));
    fc.assert(
      fc.property(safeText, (text) => {
        expect(sanitize(text)).toBe(text);
      }),
    );
  });
});

describe('truncateStart', () => {
  test.each<[string, number, string]>([
    ['abc', 3, 'abc'],
    ['abcd', 3, '…cd'],
    ['', 3, ''],
    ['😀😀😀', 3, '😀😀😀'],
    ['😀😀😀😀', 3, '…😀😀'],
  ])('%j to %d is %j', (text, length, cut) => {
    expect(truncateStart(text, length)).toBe(cut);
  });

  test('never longer, never half a character', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), (text, length) => {
        const cut = truncateStart(text, length);
        expect([...cut].length).toBeLessThanOrEqual(length);
        expect(text.endsWith(cut === text ? cut : cut.slice(1))).toBe(true);
        expect(Buffer.from(cut, 'utf8').toString('utf8')).toBe(cut);
      }),
    );
  });
});

test('plural', () => {
  expect([plural(0, 'event'), plural(1, 'event'), plural(2, 'event'), plural(1_234_567, 'event')]).toEqual([
    '0 events',
    '1 event',
    '2 events',
    '1,234,567 events',
  ]);
});
