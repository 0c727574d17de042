import { expect, test } from 'vitest';
import { findTime, KEPT_METRICS, type RunMetrics, renderMetrics } from '../../../src/report/metrics.ts';

const NOW = 1_763_950_000;
const RUN: RunMetrics = {
  version: '1.2.3',
  rule: 'data-leak',
  groupBy: ['source', 'destination'],
  endedAt: NOW,
  durationSeconds: 0.25,
  isSuccess: true,
  lastSuccessAt: NOW,
  newestEventAt: NOW - 50,
  alerts: { sent: 2, failed: 1, due: 1 },
  ipDatabases: new Map([['/a "b".mmdb', NOW - 86_400]]),
  found: {
    leaks: 4,
    tally: {
      matched: 105,
      counted: 96,
      excluded: 7,
      excludedBytes: 1n,
      unreadable: 2,
      hasSource: true,
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
  expect(lines.filter((line) => line.startsWith('# HELP'))).toHaveLength(12);
});

test('the value of a label can end neither the label nor the line', () => {
  const text = renderMetrics({ ...RUN, rule: 'a"b\\c\nd' });
  expect(text).toContain('leaktally_leaks{rule="a\\"b\\\\c\\nd",group_by="source,destination"} 4\n');
});

test('the age of each IP database is known by its file', () => {
  expect(renderMetrics(RUN)).toContain(
    `leaktally_ip_database_build_timestamp_seconds{rule="data-leak",group_by="source,destination",file="/a \\"b\\".mmdb"} ${NOW - 86_400}\n`,
  );
  expect(renderMetrics({ ...RUN, ipDatabases: new Map() })).not.toContain('ip_database');
});

test('a run leaves out what it did not learn', () => {
  const text = renderMetrics({ ...RUN, isSuccess: false, found: null });
  expect(text).not.toMatch(/leaktally_(leaks|events|newest|alerts_due)|null|undefined|NaN/);
  expect(text).toContain('leaktally_last_run_success{rule="data-leak",group_by="source,destination"} 0\n');
});

test('times that never were are 0, since a rule on the age of an absent series never fires', () => {
  const text = renderMetrics({ ...RUN, isSuccess: false, lastSuccessAt: null, newestEventAt: null });
  expect(text.match(/^leaktally_(last_success|newest_event)_timestamp_seconds\{.*\} 0$/gm)).toHaveLength(2);
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
  ['one without a success', renderMetrics({ ...RUN, lastSuccessAt: null }), null],
  ['bytes', '\0\ufffd\n'.repeat(99), null],
])('the last success is read back from %s', (_, text, expected) => {
  expect(findTime(text, KEPT_METRICS.lastSuccess, RUN, NOW)).toBe(expected);
});
