import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceFile } from '../../../src/util/atomic-file.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leaktally-file-'));
  file = join(folder, 'page');
});
afterEach(() => rmSync(folder, { recursive: true }));

const mode = () => statSync(file).mode & 0o777;

test('a given mode is the mode, whatever the file had', () => {
  writeFileSync(file, 'old', { mode: 0o600 });
  replaceFile('file', file, 'new', 0o644);
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(mode()).toBe(0o644);
});

test('a file whose group may not be given to it is not opened to another group', () => {
  writeFileSync(file, 'old');
  chmodSync(file, 0o640);
  if (isRoot) {
    chownSync(file, NOBODY, 1);
    chownSync(folder, NOBODY, NOBODY);
    process.seteuid?.(NOBODY);
  }
  try {
    replaceFile('file', file, 'new', 'kept');
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  expect(readFileSync(file, 'utf8')).toBe('new');
  // Only root can make such a file for the test.
  expect(mode()).toBe(isRoot ? 0o600 : 0o640);
});
