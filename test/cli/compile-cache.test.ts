import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NODE } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';
import { ROOT } from '../support/project.ts';

/** Node.js 20 keeps nothing; what is tested here must hold there as well. */
const KEEPS = `${execFileSync(NODE, ['-p', 'typeof require("module").enableCompileCache'])}` === 'function\n';

/** The command as it is just after its installation, in a folder of its own. */
function install() {
  const folder = emptyFolder();
  for (const part of ['bin', 'dist/leaktally.cjs']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const cache = join(folder, 'dist/.cache');
  const list = () => readdirSync(cache, { recursive: true, encoding: 'utf8' }).map((name) => join(cache, name));
  return {
    program: join(folder, 'dist/leaktally.cjs'),
    cache,
    kept: () => (existsSync(cache) ? list() : []).filter((path) => statSync(path).isFile()),
    /** As a daemon would that lets everybody write what it creates. */
    help: () => {
      const args = ['-c', 'umask 0; exec "$@"', 'sh', NODE, '--', join(folder, 'bin/leaktally.js'), '--help'];
      const { status, stdout, stderr } = spawnSync('/bin/sh', args, { cwd: folder, env: {}, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout;
    },
  };
}

test('what was compiled is kept beside the program, once, and nobody else can write it', () => {
  const { help, kept, cache } = install();
  const first = help();
  expect(existsSync(cache)).toBe(KEEPS);
  // Nobody else gets as far as what is inside.
  if (KEEPS) expect(statSync(cache).mode & 0o777).toBe(0o700);
  const files = kept();
  expect(files.length > 0).toBe(KEEPS);
  const times = files.map((file) => statSync(file).mtimeMs);
  expect(help()).toBe(first);
  expect(kept()).toEqual(files);
  expect(kept().map((file) => statSync(file).mtimeMs)).toEqual(times);
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['empty', () => Buffer.alloc(0)],
  ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['damaged', (bytes) => Buffer.concat([bytes.subarray(0, 1000), Buffer.alloc(64, 0x5a), bytes.subarray(1064)])],
])('what was kept is ignored silently when it is %s', (_, damage) => {
  const { help, kept } = install();
  const first = help();
  for (const file of kept()) writeFileSync(file, damage(readFileSync(file)));
  expect(help()).toBe(first);
});

test('a changed program runs as changed, even when it is as long as before', () => {
  const { help, program } = install();
  expect(help()).toContain('show each option in one line');
  writeFileSync(
    program,
    readFileSync(program, 'utf8').replace('show each option in one line', 'SHOW EACH OPTION IN ONE LINE'),
  );
  expect(help()).toContain('SHOW EACH OPTION IN ONE LINE');
});

test('where nothing can be kept, the command works as well', () => {
  const { help, cache } = install();
  writeFileSync(cache, 'in the way');
  expect(help()).toContain('--database');
  expect(readFileSync(cache, 'utf8')).toBe('in the way');
});
