import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LAUNCHER, NODE } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';

/** Runs the command by a shell, in which $RUN is the command itself. */
function shell(script: string, cwd = emptyFolder()) {
  const env = { PATH: process.env.PATH };
  return spawnSync('sh', ['-c', script.replace('$RUN', `'${NODE}' -- '${LAUNCHER}'`)], { cwd, env, encoding: 'utf8' });
}

test.each(['--demo', '--demo --format json', '--demo --explain 10.1.1.5', '--help', '--version'])(
  'what cannot be written is one line and exit code 1 (%s)',
  (args) => {
    expect(shell(`$RUN ${args} > /dev/full`)).toMatchObject({
      status: 1,
      stderr: 'leaktally: standard output cannot be written (no space left on device); make room on its disk\n',
    });
  },
);

test('so is a report of which only the beginning could be written', () => {
  const cwd = emptyFolder();
  // Files may have 8 blocks of 512 bytes; the signal that says so would end the process.
  const { status, stderr } = shell(
    "ulimit -f 8; trap '' XFSZ; $RUN --demo --threshold 1MB --format json > report",
    cwd,
  );
  expect(readFileSync(join(cwd, 'report')).length).toBe(8 * 512);
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^[^\n]*\(file too large\)[^\n]*\n$/),
  });
});

test('a report in a file is appended to what is there, in order with stderr', () => {
  const cwd = emptyFolder();
  expect(shell('echo before > log; $RUN --demo --debug >> log 2>&1; echo after >> log', cwd).status).toBe(0);
  expect(readFileSync(join(cwd, 'log'), 'utf8')).toMatch(
    /^before\nSource [\s\S]*\(dry run\)\nleaktally: [^\n]*\nafter\n$/,
  );
});

test('a reader that stops early is no error to talk about', () => {
  expect(shell('$RUN --help | head -1')).toMatchObject({ stderr: '' });
});
