import { expect, test } from 'vitest';
import { scopeChanges } from '../../../src/state/scope-changes.ts';

const SCOPE = { policies: ['One', 'Two'], windowSeconds: 86_400, thresholdBytes: 100 };

test('each setting that differs is named with what it was and what it is', () => {
  expect(scopeChanges(SCOPE, SCOPE)).toEqual([]);
  expect(scopeChanges({ policies: ['Two', 'Th\nree'], windowSeconds: 5400, thresholdBytes: 7 }, SCOPE)).toEqual([
    'window 24h to 90m',
    'threshold 100 B to 7 B',
    'policies "One"; "Two" to "Two"; "Th?ree"',
  ]);
});
