import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { leaktally } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { emptyFolder } from '../support/folders.ts';

let folder: string;
let dotEnv: string;
beforeEach(() => {
  folder = emptyFolder();
  dotEnv = join(folder, '.env');
});

/** A demo in the folder, which does not depend on an env file. */
const demo = (...more: string[]) => leaktally(['--demo', ...more], { cwd: folder });

test("another user's .env redirects nothing, hides nothing and overwrites nothing", async () => {
  const victim = join(emptyFolder(), 'victim');
  writeFileSync(victim, 'precious');
  writeFileSync(dotEnv, `LEAKTALLY_HTML=${victim}\nLEAKTALLY_THRESHOLD=1TB\n`, { mode: 0o600 });
  chownSync(dotEnv, 65534, 65534);
  const { code, stdout, stderr } = await demo();
  expect(code).toBe(0);
  expect(linesOf(stderr)).toEqual([
    expect.stringMatching(/^leaktally: \.env is passed over, since it belongs to another/),
  ]);
  expect(stdout).toContain('5 leaks above 100 MB');
  expect(readFileSync(victim, 'utf8')).toBe('precious');
});

test('a folder or a pipe named .env does not stop a demo', async () => {
  mkdirSync(dotEnv);
  const withFolder = await demo();
  rmSync(dotEnv, { recursive: true });
  execFileSync('mkfifo', [dotEnv]);
  for (const { code, stdout, stderr } of [withFolder, await demo()]) {
    expect(code).toBe(0);
    expect(linesOf(stderr)).toEqual([expect.stringContaining('not a regular file')]);
    expect(stdout).toContain('5 leaks');
  }
});

test.each(['--env-file', '--exceptions'])('a pipe given to %s is refused at once', async (flag) => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const { code, stderr } = await demo(flag, pipe);
  expect(code).toBe(2);
  expect(linesOf(stderr)).toEqual([expect.stringContaining(`${pipe} cannot be read (not a regular file)`)]);
});

test('what is written into the file is what runs: each line that is not understood stops the run', async () => {
  const wrong = ['set LEAKTALLY_THRESHOLD=1', '$env:LEAKTALLY_THRESHOLD=1', 'LEAKTALLY_THRESHOLD: 1'];
  const alsoWrong = ['LEAKTALLY_THRESHOLD 1', '[leaktally]', 'leaktally_threshold=1'];
  writeFileSync(dotEnv, [...wrong, ...alsoWrong].join('\r\n'), { mode: 0o600 });
  const { code, stdout, stderr } = await demo();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(linesOf(stderr)).toHaveLength(6);
  for (const number of [1, 2, 3, 4, 5]) expect(stderr).toContain(`leaktally: .env, line ${number}: `);
  expect(stderr).toContain('write it as LEAKTALLY_THRESHOLD');
});

test('--debug says where each setting came from, and no value', async () => {
  writeFileSync(dotEnv, "LEAKTALLY_DATABASE_PASSWORD='hunter2'\nLEAKTALLY_RULE=mine\n", { mode: 0o600 });
  const { code, stderr } = await demo('--debug', '--threshold', '1GB');
  expect(code).toBe(0);
  expect(linesOf(stderr)).toEqual([
    'leaktally: settings from .env: LEAKTALLY_DATABASE_PASSWORD, LEAKTALLY_RULE',
    'leaktally: settings from command line: --threshold, --demo, --debug',
  ]);
});
