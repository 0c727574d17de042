import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import type { CheckResult } from '../../../src/check/check.ts';
import { renderCheckCsv, renderCheckJson, renderCheckText } from '../../../src/report/check.ts';
import { TERMINAL } from '../../support/builders/screens.ts';

const FOUND = `found ${Array(20).fill('words').join(' ')}`;
const STATEMENT = `select * from a_table where ${'a = 1 and '.repeat(12)}b = 2;`;

const results: readonly CheckResult[] = [
  { name: 'a.fine', title: 'Fine', status: 'ok', detail: 'as\nit is', advice: [], statements: [], isSkipped: false },
  {
    ...{ name: 'a.slow', title: 'Slow one', status: 'warn', detail: FOUND, isSkipped: false },
    ...{ advice: ['do this:'], statements: [STATEMENT] },
  },
  { name: 'b.gone', title: 'Gone', status: 'fail', detail: 'no', advice: ['look'], statements: [], isSkipped: false },
  { name: 'b.next', title: 'Next', status: 'fail', detail: 'no', advice: [], statements: [], isSkipped: true },
];

test('each point has its mark, what was found and what to do; statements are not wrapped', () => {
  expect(renderCheckText(results, new Chalk({ level: 0 }), { ...TERMINAL, columns: 20 })).toBe(`✔ Fine      as
            it is
⚠ Slow one  found words words words words words words words words words words
            words words words words words words words words words words
            → do this:
    ${STATEMENT}
✖ Gone      no
            → look

1 ok, 1 warning, 1 failed
Not looked at, since they need what failed: b.next
`);
});

test('colours are those of the marks', () => {
  const text = renderCheckText(results, new Chalk({ level: 1 }), TERMINAL);
  for (const [colour, mark] of [
    [32, '✔'],
    [33, '⚠'],
    [31, '✖'],
  ]) {
    expect(text).toContain(`\u001b[${colour}m${mark}\u001b[39m`);
  }
});

test('without UTF-8 the marks are in ASCII', () => {
  const text = renderCheckText(results, new Chalk({ level: 0 }), { ...TERMINAL, isUnicode: false });
  expect(text.match(/^[^ \n](?= )|> (?=look)/gm)).toEqual(['+', '!', 'x', '> ', '1']);
});

test('JSON has all points, with the statements at the end of the advice', () => {
  expect(JSON.parse(renderCheckJson(results))).toEqual({
    checks: [
      { name: 'a.fine', status: 'ok', detail: 'as\nit is', advice: null },
      { name: 'a.slow', status: 'warn', detail: FOUND, advice: `do this:\n${STATEMENT}` },
      { name: 'b.gone', status: 'fail', detail: 'no', advice: 'look' },
      { name: 'b.next', status: 'fail', detail: 'no', advice: null },
    ],
  });
  expect(renderCheckCsv(results).split('\r\n')[0]).toBe('name,status,detail,advice');
});
