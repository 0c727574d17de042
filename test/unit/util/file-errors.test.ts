import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adviseOnFile, fileErrorCode, fileErrorReason } from '../../../src/util/file-errors.ts';

test('an error is named by its code, one without a code by its message', () => {
  expect(fileErrorCode(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }))).toBe('EACCES');
  expect(fileErrorCode(new Error('not a regular file'))).toBe('not a regular file');
});

test('what is wrong is said in words, and in the code or message of an error that the system does not know', () => {
  let error: unknown;
  try {
    openSync('/none/of/these', 'r');
  } catch (thrown) {
    error = thrown;
  }
  expect(fileErrorReason(error)).toBe('no such file or directory');
  expect(fileErrorReason(Object.assign(new Error('odd'), { code: 'EODD', errno: -123_456 }))).toBe('EODD');
  expect(fileErrorReason(new Error('not a regular file'))).toBe('not a regular file');
});

test('a full disk has its own advice, other errors have that of the caller', () => {
  expect(adviseOnFile('ENOSPC', 'check the path')).toBe('make room on its disk');
  expect(adviseOnFile('EACCES', 'check the path')).toBe('check the path');
});

test('on Windows, a file that may not be replaced is probably held open', () => {
  expect(adviseOnFile('EPERM', 'check the path', 'win32')).toBe(
    'close the program that has it open, or check the path',
  );
  expect(adviseOnFile('EPERM', 'check the path', 'linux')).toBe('check the path');
  expect(adviseOnFile('EBUSY', 'check the path', 'linux')).toContain('mount');
});
