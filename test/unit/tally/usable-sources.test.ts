import { expect, test } from 'vitest';
import { Tallier } from '../../../src/tally/tallier.ts';
import { Timescale } from '../../../src/tally/timescale.ts';
import { lacksSources } from '../../../src/tally/usable-sources.ts';

const ADDRESS = Buffer.from([10, 1, 1, 5]);
const READABLE = 'sum_octetdeltacount : 5 ';

test.each<[string, boolean, [source: unknown, fragment: string][]]>([
  ['no events at all', false, []],
  ['addresses', false, [[ADDRESS, READABLE]]],
  [
    'one address among others',
    false,
    [
      [null, READABLE],
      [ADDRESS, READABLE],
      ['10.1.1.5', READABLE],
    ],
  ],
  [
    'an address of an event without a count',
    false,
    [
      [null, READABLE],
      [ADDRESS, 'nothing'],
    ],
  ],
  ['NULL only', true, [[null, READABLE]]],
  [
    'text only',
    true,
    [
      ['10.1.1.5', READABLE],
      ['2001:db8::1', READABLE],
    ],
  ],
])('%s', (_, expected, events) => {
  const tallier = new Tallier(new Timescale(0, 100));
  for (const [source, fragment] of events) tallier.add([source, ADDRESS, 1, fragment]);
  expect(lacksSources(tallier.counts([]))).toBe(expected);
});
