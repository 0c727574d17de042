import { expect, test } from 'vitest';
import { describeError } from '../../src/describe-error.ts';
import { DatabaseError, UsageError } from '../../src/errors.ts';

// As a server might put it: a line of its own making, and what clears a terminal.
const HOSTILE = 'denied\nleaktally: all is well\n    at forged (frame)\u001b[2J\u202e';
const serverError = new Error(HOSTILE);

test('an expected error is one line, whatever it quotes', () => {
  const error = new DatabaseError(`db: ${HOSTILE}`, 'other', { cause: serverError });
  expect(describeError(error, false)).toMatch(/^leaktally: db: denied\?leaktally: [^\n]*\n$/);
});

test('wrong usage is one line for each fault', () => {
  expect(describeError(new UsageError(['a', 'b\nc']), false)).toBe('leaktally: a\nleaktally: b?c\n');
});

test.each([
  ['with --debug', new DatabaseError('db: denied', 'other', { cause: serverError }), 2],
  ['when it is unexpected', serverError, 1],
])('a stack has nothing raw that a server sent (%s)', (_, error, messages) => {
  const text = describeError(error, true);
  for (const raw of ['\u001b', '\u202e']) expect(text).not.toContain(raw);
  const lines = text.trimEnd().split('\n').slice(1);
  expect(lines.filter((line) => !/^ +at /.test(line))).toHaveLength(messages);
  expect(lines.filter((line) => line.includes('forged'))).toHaveLength(1); // in the message
  expect(lines.filter((line) => line.includes('describe-error.test.ts'))).not.toEqual([]);
});

test('a password in a URL is hidden, also in a stack', () => {
  const error = new DatabaseError('x', 'other', { cause: new Error('mysql://u:hunter2@host/d') });
  expect(describeError(error, true)).toContain('mysql://u:***@host/d');
});
