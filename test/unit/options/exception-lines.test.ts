import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ExceptionRules, hasThresholds } from '../../../src/options/exceptions.ts';
import { readExceptionsFile } from '../../../src/options/exceptions-file.ts';
import { emptyFolder } from '../../support/folders.ts';

const file = join(emptyFolder(), 'exceptions.txt');

function read(...lines: readonly string[]) {
  writeFileSync(file, lines.join('\n'));
  const faults: string[] = [];
  const exceptions = readExceptionsFile(file, ['source', 'destination'], faults);
  return { kinds: exceptions.map(({ subject }) => subject.kind), exceptions, faults };
}

test.each([
  // They begin or end like the word for an AS, or like an address.
  ['as7.example.net', 'domain'],
  ['asia.example', 'domain'],
  ['example.texas', 'domain'],
  ['atlas', 'domain'],
  ['x.web3', 'domain'],
  ['3com.net', 'domain'],
  ['1.2.3.4', 'destination'],
  ['::1', 'destination'],
])('the line %s is about a %s', (line, kind) => {
  expect(read(line)).toMatchObject({ kinds: [kind], faults: [] });
});

test.each(['as', 'AS', 'AS64496', 'as7', 'source', 'domain', 'as ', 'above', 'above 5GB', 'until 2026-01-31'])(
  'the line %s lacks something',
  (line) => {
    const { exceptions, faults } = read(line);
    expect([exceptions.length, faults.length]).toEqual([0, 1]);
  },
);

test.each([
  ['10.0.0.0/8 for ever', 'is not an exception such as'],
  ['10.0.0.0/8 above', 'is not an exception such as'],
  ['10.0.0.0/8 until', 'is not an exception such as'],
  ['10.0.0.0/8 above much', '"much" is not a size'],
  ['10.0.0.0/8 until tomorrow', '"tomorrow" is not a day'],
  ['10.0.0.0/8 until 2026-02-30', '"2026-02-30" is not a day'],
  ['a.example above 5GB', null],
])('the line %s: %s', (line, fault) => {
  expect(read(line).faults).toEqual(fault === null ? [] : [expect.stringContaining(fault)]);
});

test('a line has up to 1,000 characters, of which a fault shows sixty', () => {
  const line = (length: number) =>
    `a.example${' '.repeat(length - 'a.exampleuntil 2026-01-31'.length)}until 2026-01-31`;
  expect(read(line(1000)).faults).toEqual([]);
  expect(read(line(1001)).faults).toHaveLength(1);
  expect(read('x y'.padEnd(60, 'z')).faults[0]).toContain(`line 1: ${JSON.stringify('x y'.padEnd(60, 'z'))} is not`);
  const [fault] = read('x y'.padEnd(61, 'z')).faults;
  expect(fault).toContain(`line 1: ${JSON.stringify(`${'x y'.padEnd(60, 'z')}…`)} is not`);
});

test.each([
  [100, 100],
  [101, 101],
  [150, 101],
])('of %i faulty lines, %i faults tell', (lines, faults) => {
  expect(read(...Array.from({ length: lines }, () => 'x y')).faults).toHaveLength(faults);
});

test('there are thresholds where a line has one and has not ended', () => {
  const day = Date.parse('2025-11-24T00:00:00Z') / 1000;
  const rules = (...lines: string[]): ExceptionRules => ({ includeSources: [], exceptions: read(...lines).exceptions });
  expect(hasThresholds(rules(), day)).toBe(false);
  expect(hasThresholds(rules('10.0.0.0/8'), day)).toBe(false);
  expect(hasThresholds(rules('10.0.0.0/8', '10.0.0.0/8 above 5'), day)).toBe(true);
  const ended = rules('10.0.0.0/8 above 5 until 2025-11-23');
  expect([day - 1, day].map((look) => hasThresholds(ended, look))).toEqual([true, false]);
});
