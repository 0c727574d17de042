import { expect, test } from 'vitest';
import { findLastSuccess, type RunMetrics, renderMetrics } from '../../../src/report/metrics.ts';

const NOW = 1_763_950_000;
const RUN: RunMetrics = {
  version: '1.2.3',
  rule: 'data-leak',
  groupBy: ['source', 'destination'],
  endedAt: NOW,
  durationSeconds: 0.25,
  isSuccess: true,
  lastSuccessAt: NOW,
  alerts: { sent: 2, failed: 1, due: 1 },
  found: {
    leaks: 4,
    tally: {
      matched: 105,
      counted: 96,
      excluded: 7,
      excludedBytes: 1n,
      unreadable: 2,
      hasSource: true,
      newest: NOW - 50,
    },
  },
};

test('each metric has a help line and a type line ahead of its samples, and the text ends with a line feed', () => {
  const text = renderMetrics(RUN);
  expect(text.endsWith('\n')).toBe(true);
  const lines = text.trimEnd().split('\n');
  for (const [index, line] of lines.entries()) {
    const [, , name] = /^# (HELP) (\w+) \S.*\.$/.exec(line) ?? [];
    if (!name) continue;
    expect(lines[index + 1]).toBe(`# TYPE ${name} gauge`);
    expect(lines[index + 2]).toMatch(new RegExp(`^${name}\\{.*\\} \\d`));
  }
  expect(lines.filter((line) => line.startsWith('# HELP'))).toHaveLength(11);
});

test('the value of a label can end neither the label nor the line', () => {
  const text = renderMetrics({ ...RUN, rule: 'a"b\\c\nd' });
  expect(text).toContain('leaktally_leaks{rule="a\\"b\\\\c\\nd",group_by="source,destination"} 4\n');
});

test('a run leaves out what it does not know', () => {
  const text = renderMetrics({ ...RUN, isSuccess: false, lastSuccessAt: null, found: null });
  expect(text).not.toMatch(/leaktally_(leaks|events|newest|alerts_due|last_success)|null|undefined|NaN/);
  expect(text).toContain('leaktally_last_run_success{rule="data-leak",group_by="source,destination"} 0\n');
});

test.each([
  ['its own text', renderMetrics(RUN), NOW],
  ['its own text after a failure', renderMetrics({ ...RUN, isSuccess: false, lastSuccessAt: NOW - 600 }), NOW - 600],
  ['nothing', '', null],
  ["another rule's", renderMetrics({ ...RUN, rule: 'other' }), null],
  ["another grouping's", renderMetrics({ ...RUN, groupBy: ['source'] }), null],
  ['one that ends within the number', renderMetrics(RUN).replace(/(last_success_.*\} )\d+[\s\S]*/, '$1'), null],
  ['one with another number', renderMetrics(RUN).replace(/(last_success_.*\} )\d+/, '$1NaN'), null],
  ['one from the future', renderMetrics({ ...RUN, lastSuccessAt: NOW + 1 }), null],
  ['bytes', '\0\ufffd\n'.repeat(99), null],
])('the last success is read back from %s', (_, text, expected) => {
  expect(findLastSuccess(text, RUN, NOW)).toBe(expected);
});
