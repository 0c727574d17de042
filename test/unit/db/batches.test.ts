import fc from 'fast-check';
import mysql from 'mysql2';
import { describe, expect, test } from 'vitest';
import { batchesByBytes, maxBytesOf } from '../../../src/db/batches.ts';

const self = (size: number) => size;

describe('batchesByBytes', () => {
  test.each<[string, number[], number[][]]>([
    ['nothing makes no batch', [], []],
    ['what fits stands together', [4, 6], [[4, 6]]],
    ['one byte more begins another batch', [4, 7], [[4], [7]]],
    ['too large by itself: alone', [1, 11, 1], [[1], [11], [1]]],
    ['three rows at most', [1, 1, 1, 1], [[1, 1, 1], [1]]],
  ])('%s', (_, sizes, batches) => {
    expect([...batchesByBytes(sizes, self, 10, 3)]).toEqual(batches);
  });

  test('all items stay, in their order, and no batch that could be smaller is too large', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { maxLength: 60, size: 'max' }),
        fc.nat(30),
        fc.integer({ min: 1, max: 9 }),
        (sizes, bytes, rows) => {
          const batches = [...batchesByBytes(sizes, self, bytes, rows)];
          expect(batches.flat()).toEqual(sizes);
          for (const batch of batches) {
            expect(batch.length).toBeLessThanOrEqual(rows);
            const sum = batch.reduce((total, size) => total + size, 0);
            if (batch.length > 1) expect(sum).toBeLessThanOrEqual(bytes);
          }
        },
      ),
    );
  });
});

test('maxBytesOf is never less than what the driver writes', () => {
  const value = fc.oneof(fc.string({ unit: 'binary', size: 'max', maxLength: 200 }), fc.integer(), fc.constant(null));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 12, size: 'max' }), (values) => {
      const written = Buffer.byteLength(values.map((each) => `${mysql.escape(each)}, `).join(''));
      expect(maxBytesOf({ ...values })).toBeGreaterThanOrEqual(written);
    }),
  );
});
