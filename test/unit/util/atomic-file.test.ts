import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { replaceFile } from '../../../src/util/atomic-file.ts';
import { asNobody, NOBODY } from '../../support/as-nobody.ts';
import { emptyFolder } from '../../support/folders.ts';

const isRoot = process.getuid?.() === 0;

let folder: string;
let file: string;
beforeEach(() => {
  folder = emptyFolder();
  file = join(folder, 'page');
});

const mode = () => statSync(file).mode & 0o777;

test('a given mode replaces the mode of the file', () => {
  writeFileSync(file, 'old', { mode: 0o600 });
  replaceFile('file', file, 'new', 0o644);
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(mode()).toBe(0o644);
});

test('a file whose group cannot be kept is not opened to another group', () => {
  writeFileSync(file, 'old');
  chmodSync(file, 0o640);
  if (isRoot) {
    chownSync(file, NOBODY, 1);
    chownSync(folder, NOBODY, NOBODY);
  }
  asNobody(() => replaceFile('file', file, 'new', 'kept'));
  expect(readFileSync(file, 'utf8')).toBe('new');
  // Only root can create such a file.
  expect(mode()).toBe(isRoot ? 0o600 : 0o640);
});
