import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storableKey } from '../../../src/util/storable-key.ts';

test.each([
  ['10.1.1.5 203.0.113.9', '10.1.1.5 203.0.113.9'],
  ['2001:db8::1 a_b-c.example', '2001:db8::1 a_b-c.example'],
  ['10.1.1.5 größe.example', '10.1.1.5 gr?e.example#'],
  ['10.1.1.5 пример.рф', '10.1.1.5 ?.?#'],
  // Otherwise a name could be made to look like the key of another one.
  ['10.1.1.5 a#b.example', '10.1.1.5 a?b.example#'],
])('%s', (key, start) => {
  const stored = storableKey(key);
  expect(stored.slice(0, start.length)).toBe(start);
  expect(stored.length).toBe(start.endsWith('#') ? start.length + 32 : start.length);
});

test('different keys stay different, and all are ASCII', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '#', '?', 'ü', 'ж', ' ') });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(storableKey(a)).toMatch(/^[ -~]*$/);
      expect(storableKey(a) === storableKey(b)).toBe(a === b);
    }),
  );
});
