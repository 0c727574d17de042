import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertEvents, MB } from '../support/builders/events.ts';
import { NODE } from '../support/command/leaktally.ts';
import { test } from '../support/fixtures.ts';
import { emptyFolder } from '../support/folders.ts';
import { ROOT } from '../support/project.ts';

const BUNDLE = `${ROOT}dist/leaktally.cjs`;

/** Runs the one file, alone in a folder, with nothing but Node.js. */
function runAlone(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const folder = emptyFolder();
  const file = join(folder, 'leaktally.cjs');
  copyFileSync(BUNDLE, file);
  const { status, stdout, stderr } = spawnSync(NODE, ['--', file, ...args], {
    cwd: folder,
    env: { ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('the one file does the main job alone: MariaDB, TCP syslog, state', async ({ database, rsyslog }) => {
  await insertEvents(database, [{ epoch: (await database.now()) - 60, bytes: 101 * MB }]);
  const args = ['--database', database.url, '--syslog', rsyslog.tcpUrl, '--format', 'csv'];
  const first = runAlone(args, database.env);
  const second = runAlone(args, database.env);
  expect([first.status, first.stderr, second.status, second.stderr]).toEqual([0, '', 0, '']);
  expect([first.stdout, second.stdout]).toEqual([
    expect.stringContaining(',new,sent'),
    expect.stringContaining(',known,none'),
  ]);
  expect(rsyslog.records()).toHaveLength(1);
});

test('the one file is ASCII, which Node.js reads and compiles faster', () => {
  expect(readFileSync(BUNDLE).every((byte) => byte < 0x80)).toBe(true);
});

test('what is not in the one file says what to do', () => {
  const { status, stdout, stderr } = runAlone(['--demo']);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^leaktally: [^\n]*npm install libsql[^\n]*\n$/);
});

test('the package holds what a user needs, installs globally and runs', () => {
  const folder = emptyFolder();
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ filename: string; files: { path: string }[] }];
  expect(files.map(({ path }) => path).sort()).toEqual([
    '.env.example',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bin/leaktally.js',
    'bin/package.json',
    'dist/leaktally.1',
    'dist/leaktally.cjs',
    'package.json',
  ]);
  execFileSync('npm', ['install', '--global', '--prefix', folder, '--no-audit', '--no-fund', join(folder, filename)], {
    stdio: 'ignore',
  });
  expect(readdirSync(join(folder, 'bin'))).toEqual(['leaktally']);
  expect(readdirSync(join(folder, 'share', 'man', 'man1'))).toEqual(['leaktally.1']);
  const env = { PATH: `${join(NODE, '..')}:/usr/bin:/bin` };
  const { status, stdout, stderr } = spawnSync(join(folder, 'bin', 'leaktally'), ['--demo'], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('5 leaks above 100 MB');
});
