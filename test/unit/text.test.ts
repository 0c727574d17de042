import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sanitize } from '../../src/text.ts';

test('nothing that moves the cursor, breaks the line or turns the text around survives', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(sanitize(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
  );
});
