import { describe, expect, test } from 'vitest';
import type { Tally } from '../../../src/model.ts';
import { scanWarnings, scopeWarnings } from '../../../src/run/warnings.ts';
import type { Scope } from '../../../src/state/schedule.ts';

const SCOPE: Scope = { policies: ['Exceeded 5 MB in 5'], windowSeconds: 86_400, thresholdBytes: 100_000_000 };
const SCAN = { ...SCOPE, failIfStaleSeconds: null };
const TALLY: Tally = {
  matched: 105,
  counted: 103,
  excluded: 0,
  excludedBytes: 0n,
  unreadable: 2,
  newest: 1,
  samples: ['x'],
  hasSource: true,
};
const NOTHING: Tally = { ...TALLY, matched: 0, counted: 0, unreadable: 0, newest: null, samples: [] };

describe('scanWarnings', () => {
  test('none when events were counted', () => {
    expect(scanWarnings(SCAN, TALLY)).toEqual([]);
    expect(scanWarnings(SCAN, { ...TALLY, counted: 1, unreadable: 104 })).toEqual([]);
  });

  test('no event at all: names the policy, the window and the likely cause', () => {
    const [line, ...more] = scanWarnings({ ...SCAN, windowSeconds: 5400 }, NOTHING);
    expect(more).toEqual([]);
    for (const part of ['"Exceeded 5 MB in 5"', '90m', 'renamed', '--policy']) expect(line).toContain(part);
  });

  test('no event of several policies: names them all', () => {
    const [line] = scanWarnings({ ...SCAN, policies: ['One', 'Two'] }, NOTHING);
    expect(line).toContain('"One"');
    expect(line).toContain('"Two"');
  });

  test('no readable event: shows one', () => {
    const tally = { ...TALLY, matched: 2, counted: 0, samples: ['sum_octetdeltacount : 5,242,880'] };
    expect(scanWarnings(SCAN, tally)).toEqual([expect.stringContaining('sum_octetdeltacount : 5,242,880')]);
  });

  test('is one line, whatever the policy is', () => {
    expect(scanWarnings({ ...SCAN, policies: ['a\nb\x1b[2J'] }, NOTHING)).toEqual([expect.stringMatching(/^[ -~]+$/)]);
  });
});

describe('scopeWarnings', () => {
  test('the first run of a rule, and one with the same settings, say nothing', () => {
    expect(scopeWarnings('data-leak', SCOPE, null)).toEqual([]);
    expect(scopeWarnings('data-leak', SCOPE, { ...SCOPE })).toEqual([]);
  });

  test('the order of the policies does not matter', () => {
    const [now, before] = [
      ['One', 'Two'],
      ['Two', 'One'],
    ].map((policies) => ({ ...SCOPE, policies }));
    expect(scopeWarnings('data-leak', now as Scope, before as Scope)).toEqual([]);
    expect(scopeWarnings('data-leak', before as Scope, now as Scope)).toEqual([]);
  });

  test.each<[string, Partial<Scope>, string[]]>([
    ['window', { windowSeconds: 172_800 }, ['window', '24h', '2d']],
    ['threshold', { thresholdBytes: 5 }, ['threshold 100 MB to 5 B']],
    ['policies', { policies: ['Exceeded 1 GB'] }, ['"Exceeded 5 MB in 5"', '"Exceeded 1 GB"']],
    ['more policies', { policies: [...SCOPE.policies, 'Two'] }, ['"Two"']],
    ['everything', { windowSeconds: 60, thresholdBytes: 5, policies: ['One'] }, ['1m', '5', '"One"']],
  ])('another %s: one line that says what changed and what to do', (_, changed, parts) => {
    const lines = scopeWarnings('night', { ...SCOPE, ...changed }, SCOPE);
    expect(lines).toHaveLength(1);
    for (const part of [...parts, '"night"', '--dry-run', '--rule']) expect(lines[0]).toContain(part);
  });

  test('is one line, whatever the policies are', () => {
    const [line] = scopeWarnings('r', { ...SCOPE, policies: ['a\r\nb\u2028c'] }, SCOPE);
    expect(line).toMatch(/^[ -~]+$/);
  });
});
