import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFileLockHolder } from '../../../../src/db/sqlite/lock-holder.ts';
import { emptyFolder } from '../../../support/folders.ts';

const folder = emptyFolder();
const file = join(folder, 'state.db.lock');
const list = join(folder, 'locks');
writeFileSync(file, '');
const { ino } = statSync(file);

test.for([
  ['a write lock', `2: POSIX  ADVISORY  WRITE 4203 08:01:${ino} 1073741824 1073742335`, 'process 4203'],
  [
    'the lock of another container',
    `2: POSIX  ADVISORY  WRITE 0 08:01:${ino} 0 EOF`,
    'a process outside this container',
  ],
  ['a read lock', `2: POSIX  ADVISORY  READ 4203 08:01:${ino} 0 EOF`, undefined],
  ['the lock of another file', `2: POSIX  ADVISORY  WRITE 4203 08:01:${ino}1 0 EOF`, undefined],
  ['a process that waits for the lock', `2: -> POSIX  ADVISORY  WRITE 4203 08:01:${ino} 0 EOF`, undefined],
  ['nothing', '', undefined],
] as const)('of %s, the holder is told', ([, line, holder]) => {
  writeFileSync(list, `1: FLOCK  ADVISORY  WRITE 1 00:15:1 0 EOF\n${line}\n`);
  expect(findFileLockHolder(file, list)?.description).toBe(holder);
});

test('without the file or the list, nobody holds the lock', () => {
  expect(findFileLockHolder(join(folder, 'missing'), list)).toBeNull();
  expect(findFileLockHolder(file, join(folder, 'missing'))).toBeNull();
});
