import { expect, test } from 'vitest';
import { Continuations } from '../../../src/check/events/continuations.ts';
import { continuationKind, likelyName } from '../../../src/scrutinizer/policy-names.ts';

test.for<[string, string]>([
  ['Exceeded 5 MB in 5 violation on collector 10.0.0.1', 'Exceeded 5 MB in 5'],
  ['Exceeded 5 MB in 5: sourceipaddress : 10.1.1.5', 'Exceeded 5 MB in 5'],
  ['Exceeded 5 MB in 5 sourceipaddress : 10.1.1.5', 'Exceeded 5 MB in 5'],
  ['Exceeded 5 MB in 5 10.1.1.5 sent too much', 'Exceeded 5 MB in 5'],
  ['Uploads sum_octetdeltacount : 7', 'Uploads'],
  ['Violations by guests (building 4)', 'Violations by guests'],
  ['Up\tExceeded 5 MB in 5 violation', 'Exceeded 5 MB in 5'],
  ['Exceeded 5 MB\u00a0in 5 violation', 'Exceeded 5 MB'],
  ['Exceeded 5 MB \u00fcber 5\ufffd', 'Exceeded 5 MB \u00fcber 5'],
  ['sum_octetdeltacount : 7', ''],
  ['', ''],
])('of "%s" the name is probably "%s"', ([beginning, name]) => {
  expect(likelyName(beginning)).toBe(name);
});

test.for<[string, string]>([
  ['0 violation', '0'],
  ['s by guests', 's'],
  [' violation on 10', ' violation'],
  [': source', ': source'],
  [' 10.1.1.5', ' #'],
  [': 7', ': #'],
  [' - ', ' - #'],
  ['', ''],
])('"%s" goes on as "%s"', ([continuation, kind]) => {
  expect(continuationKind(continuation)).toBe(kind);
});

function ambiguousIn(policies: readonly string[], messages: readonly string[]): string[] {
  const continuations = new Continuations(policies);
  for (const message of messages) continuations.add(message);
  return continuations.ambiguous.map(({ policy }) => policy);
}

test('a name is ambiguous when it is cut inside a word, or when a few texts follow it', () => {
  expect(ambiguousIn(['in 5'], ['in 50', 'in 50'])).toEqual(['in 5']);
  expect(ambiguousIn(['in 5'], ['in 5 violation', 'in 5 by guests'])).toEqual(['in 5']);
  expect(ambiguousIn(['in 5'], ['in 5 10.1.1.5', 'in 5 10.1.1.6'])).toEqual([]);
  expect(ambiguousIn(['in 5', 'in 50'], ['in 50', 'in 5 violation'])).toEqual([]);
  // Whatever differs from event to event is no name.
  expect(
    ambiguousIn(
      ['in 5'],
      [...'abcdefghijkl'].map((letter) => `in 5 ${letter}`),
    ),
  ).toEqual([]);
});
