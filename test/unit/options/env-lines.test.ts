import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEnv } from '../../../src/options/env-file.ts';

function parse(text: string) {
  const faults: [line: number, problem: string][] = [];
  const variables = parseEnv(text, (line, problem) => faults.push([line, problem]));
  return { variables, faults };
}

test.each([
  ['X=1', '1'],
  ['X=', ''],
  ['X = 1 ', '1'],
  ['  export X=1', '1'],
  ['X=a b', 'a b'],
  ['X=a=b', 'a=b'],
  ["X='a b'", 'a b'],
  ['X=" a "', ' a '],
  ['X=`it\'s "so"`', `it's "so"`],
  [`X="it's"`, "it's"],
  ["X=it's", "it's"],
  // Comments, and what only looks like one.
  ['X=1 # one', '1'],
  ['X=1\t#one', '1'],
  ['X= # none', ''],
  ["X='a#b'", 'a#b'],
  ["X='a' # it's a comment", 'a'],
  ["X='a'# too", 'a'],
  ["X='a #b'", 'a #b'],
  // Backslashes and dollars stand for themselves.
  ['X="C:\\new\\table"', 'C:\\new\\table'],
  ['X=C:\\new', 'C:\\new'],
  ['X="C:\\new\\"', 'C:\\new\\'],
  ["X='a\\nb'", 'a\\nb'],
  ['X=$HOME and %HOME%', '$HOME and %HOME%'],
])('%s', (line, value) => {
  expect(parse(line)).toEqual({ variables: { X: value }, faults: [] });
});

test.each([
  'set X=1',
  'setx X 1',
  '$env:X=1',
  '$X=1',
  'X: 1',
  'X 1',
  'X',
  'export X',
  '[section]',
  '; comment',
  '// comment',
  '1X=1',
  'X+=1',
  'X-Y=1',
  '=1',
  '{"X": 1}',
  "X='a",
  'X="a',
  "X='a' b",
  "X='it's'",
  'X=a#b',
  'X=#b',
  'X=a\uFFFDb',
  'X=a\0b',
])('%j is a fault with its number, and the lines around it count', (line) => {
  const { variables, faults } = parse(`A=1\n# comment\n\n${line}\nB=2\n`);
  expect(faults).toEqual([[4, expect.any(String)]]);
  if (!line.includes('\0')) expect(variables).toEqual({ A: '1', B: '2' });
});

test('what a line holds is never repeated', () => {
  const lines = ['LEAKTALLY_DATABASE_PASSWORD: hunter2', "P='hunter2", 'P=hunter2#hunter2', "P='hunter2' hunter2"];
  expect(JSON.stringify(parse(lines.join('\n')))).not.toContain('hunter2');
});

test('a byte order mark, and the line ends of Windows and of old Macs', () => {
  expect(parse('\uFEFFX=1\r\nY="2"\r\n\r\nZ=3\rW=4')).toEqual({
    variables: { X: '1', Y: '2', Z: '3', W: '4' },
    faults: [],
  });
});

test('the last line with a name wins', () => {
  expect(parse('X=1\nX=2').variables).toEqual({ X: '2' });
});

test('every value that has not all three kinds of quotes can be written', () => {
  const value = fc.string({ unit: fc.constantFrom(...'ab #=\\$\'"` \t;') });
  fc.assert(
    fc.property(value, (text) => {
      const quote = ["'", '"', '`'].find((kind) => !text.includes(kind));
      fc.pre(quote !== undefined);
      expect(parse(`X=${quote}${text}${quote}`)).toEqual({ variables: { X: text }, faults: [] });
    }),
  );
});
