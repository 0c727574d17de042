import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, NODE } from '../support/command/command.ts';
import { ROOT } from '../support/project.ts';

/** The command as it is just after its installation, in a folder of its own. */
function install() {
  const folder = emptyFolder();
  for (const part of ['bin', 'dist/parts']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const cache = join(folder, 'dist/.cache');
  return {
    parts: join(folder, 'dist/parts'),
    cache,
    kept: () => readdirSync(cache, { recursive: true, encoding: 'utf8' }).map((name) => join(cache, name)),
    help: () => {
      const args = ['--', join(folder, 'bin/leaktally.js'), '--help'];
      const { status, stdout, stderr } = spawnSync(NODE, args, { cwd: folder, env: {}, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout;
    },
  };
}

test('what was compiled is kept beside the program, once, and nobody else can write it', () => {
  const { help, kept } = install();
  const first = help();
  const files = kept();
  expect(files.filter((file) => statSync(file).isFile()).length).toBeGreaterThan(0);
  const states = files.map((file) => statSync(file).mtimeMs);
  for (const file of files) expect(statSync(file).mode & 0o022).toBe(0);
  expect(help()).toBe(first);
  expect(kept()).toEqual(files);
  expect(kept().map((file) => statSync(file).mtimeMs)).toEqual(states);
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['empty', () => Buffer.alloc(0)],
  ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['damaged', (bytes) => Buffer.concat([bytes.subarray(0, 1000), Buffer.alloc(64, 0x5a), bytes.subarray(1064)])],
])('what was kept is ignored silently when it is %s', (_, damage) => {
  const { help, kept } = install();
  const first = help();
  for (const file of kept()) if (statSync(file).isFile()) writeFileSync(file, damage(readFileSync(file)));
  expect(help()).toBe(first);
});

test('a changed program runs as changed, even when it is as long as before', () => {
  const { help, parts } = install();
  expect(help()).toContain('show this help');
  const file = join(parts, 'cli.cjs');
  writeFileSync(file, readFileSync(file, 'utf8').replace('show this help', 'SHOW THIS HELP'));
  expect(help()).toContain('SHOW THIS HELP');
});

test('where nothing can be kept, the command works as well', () => {
  const { help, cache } = install();
  writeFileSync(cache, 'in the way');
  expect(help()).toContain('--database');
  expect(existsSync(cache)).toBe(true);
});
