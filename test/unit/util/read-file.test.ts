import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRegularFile } from '../../../src/util/read-file.ts';
import { emptyFolder } from '../../support/folders.ts';

const folder = emptyFolder();

test('a file is read', () => {
  writeFileSync(join(folder, 'file'), 'text');
  const { bytes, stats } = readRegularFile(join(folder, 'file'));
  expect([bytes.toString(), stats.size]).toEqual(['text', 4]);
});

test.each(['missing', 'pipe', '', '/dev/null'])('%j is refused, without waiting', (name) => {
  if (name === 'pipe') execFileSync('mkfifo', [join(folder, name)]);
  const read = () => readRegularFile(name.startsWith('/') ? name : join(folder, name));
  expect(read).toThrow(name === 'missing' ? /ENOENT/ : /^not a regular file$/);
});
