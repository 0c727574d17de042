import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { replaceFile, retryWhileHeld } from '../../../src/util/atomic-file.ts';
import { asNobody, NOBODY } from '../../support/as-nobody.ts';
import { emptyFolder } from '../../support/folders.ts';

const isRoot = process.getuid?.() === 0;

let folder: string;
let file: string;
beforeEach(() => {
  folder = emptyFolder();
  file = join(folder, 'page');
});

const write = (access: number | 'kept') => replaceFile(file, 'new', { name: 'file', access, staleAfterSeconds: 240 });
const mode = () => statSync(file).mode & 0o777;

test('a given mode replaces the mode of the file', () => {
  writeFileSync(file, 'old', { mode: 0o600 });
  write(0o644);
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
  asNobody(() => write('kept'));
  expect(readFileSync(file, 'utf8')).toBe('new');
  // Only root can create such a file.
  expect(mode()).toBe(isRoot ? 0o600 : 0o640);
});

test.each([
  ['its own', 0, 0o640, 0o640],
  ["another user's", NOBODY, 0o666, 0o600],
])('of %s file the mode and group are kept or not', (_, owner, before, after) => {
  writeFileSync(file, 'old');
  chownSync(file, owner, NOBODY);
  chmodSync(file, before);
  write('kept');
  expect(mode()).toBe(after);
  const { uid, gid } = statSync(file);
  expect([uid, gid]).toEqual([0, owner === 0 ? NOBODY : 0]);
});

test('what killed runs left of this file is removed; what is newer, or of another file, is not', () => {
  const place = (name: string, ageSeconds: number) => {
    writeFileSync(join(folder, name), 'half');
    const time = Date.now() / 1000 - ageSeconds;
    utimesSync(join(folder, name), time, time);
    return name;
  };
  for (let index = 0; index < 2; index++) place(`page.${randomUUID()}.tmp`, 250);
  const kept = [
    place(`page.${randomUUID()}.tmp`, 230),
    place(`other.page.${randomUUID()}.tmp`, 9999),
    place(`page.html.${randomUUID()}.tmp`, 9999),
    place('page.old.tmp', 9999),
    place('page.tmp', 9999),
  ];
  const directory = `page.${randomUUID()}.tmp`;
  mkdirSync(join(folder, directory));
  write(0o644);
  expect(readdirSync(folder).sort()).toEqual([...kept, directory, 'page'].sort());
});

describe('a file that another program has open', () => {
  const failing = (code: string, times: number) => {
    let calls = 0;
    const replace = () => {
      if (++calls <= times) throw Object.assign(new Error(code), { code });
    };
    return { replace, calls: () => calls };
  };

  test.each(['EPERM', 'EACCES', 'EBUSY'])('is waited for on Windows (%s)', (code) => {
    const { replace, calls } = failing(code, 3);
    retryWhileHeld(replace, 'win32');
    expect(calls()).toBe(4);
  });

  test('is not waited for without end', () => {
    const started = performance.now();
    expect(() => retryWhileHeld(failing('EPERM', Number.POSITIVE_INFINITY).replace, 'win32')).toThrow('EPERM');
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test.each([
    ['EPERM', 'linux'],
    ['ENOSPC', 'win32'],
  ] as const)('other errors are not waited for (%s on %s)', (code, platform) => {
    const { replace, calls } = failing(code, 1);
    expect(() => retryWhileHeld(replace, platform)).toThrow(code);
    expect(calls()).toBe(1);
  });
});

test('a file that cannot be replaced is as it was, and nothing is left beside it', () => {
  writeFileSync(file, 'old');
  // Only its owner may rename over a file in such a folder; without root, the folder is the one that may not be written.
  if (isRoot) chmodSync(folder, 0o1777);
  else chmodSync(folder, 0o500);
  expect(() => asNobody(() => write(0o644))).toThrow(
    /^file .* cannot be written \((operation not permitted|permission denied)\); /,
  );
  chmodSync(folder, 0o700);
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['page']);
});
