import { expect, test } from 'vitest';
import { adviseOnFile, fileErrorCode } from '../../../src/util/file-errors.ts';

test('an error is named by its code, one without a code by its message', () => {
  expect(fileErrorCode(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }))).toBe('EACCES');
  expect(fileErrorCode(new Error('not a regular file'))).toBe('not a regular file');
});

test('a full disk has its own advice, other errors have that of the caller', () => {
  expect(adviseOnFile('ENOSPC', 'check the path')).toBe('its disk is full');
  expect(adviseOnFile('EACCES', 'check the path')).toBe('check the path');
});

test('on Windows, a file that may not be replaced is probably held open', () => {
  expect(adviseOnFile('EPERM', 'check the path', 'win32')).toBe(
    'close the program that has it open, or check the path',
  );
  expect(adviseOnFile('EPERM', 'check the path', 'linux')).toBe('check the path');
  expect(adviseOnFile('EBUSY', 'check the path', 'linux')).toContain('mount');
});
