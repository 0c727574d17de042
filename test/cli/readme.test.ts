import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Setting } from '../../src/options/setting.ts';
import { SETTINGS } from '../../src/options/settings.ts';
import { leaktally, NODE } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { codeOf, pictures, README } from '../support/command/readme.ts';
import { emptyFolder } from '../support/folders.ts';
import { RSYSLOG, SYSTEMD } from '../support/servers/install.ts';

const settings = Object.values<Setting>(SETTINGS);

test('the README has at most 400 lines of at most 200 characters', () => {
  const lines = linesOf(README);
  expect(lines.length).toBeLessThanOrEqual(400);
  expect(lines.filter((line) => line.length > 200)).toEqual([]);
});

test('the README begins with its picture, and has examples of other reports', () => {
  expect(pictures().map(({ args }) => args)).toEqual([
    '--demo',
    '--demo --check',
    '--demo --explain 10.1.1.5,203.0.113.9',
    '--demo --what-if 25MB,50MB,100MB,150MB',
  ]);
  expect(pictures()[0]?.parts).toHaveLength(1);
});

test.each(pictures())('what the README shows is what is printed: $args', async ({ args, parts }) => {
  const { code, stdout, stderr } = await leaktally(args.split(' '));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // Parts are whole lines, in this order; where there are no dots, the output begins or ends.
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(?:.*\\n)+');
  expect(stdout).toMatch(new RegExp(`^${pattern}$`));
});

test('the README names no option and no variable that does not exist', () => {
  const named = (pattern: RegExp) => [...new Set(Array.from(README.matchAll(pattern), ([name]) => name))];
  const flags = new Set(settings.flatMap(({ flag }) => flag?.split(' ')[0] ?? []));
  const others = named(/(?<![\w-])--[a-z][a-z-]*/g).filter((name) => !flags.has(name));
  // Of useradd, npm and systemctl; all that exclude something; and --help, which is in no table.
  const known = ['--exclude-', '--global', '--help', '--home-dir', '--now', '--prefix', '--shell', '--system'];
  expect(others.sort()).toEqual(known);
  const variables = new Set(settings.map(({ env }) => env));
  expect(named(/\bLEAKTALLY_\w+/g).filter((name) => !variables.has(name))).toEqual([]);
});

test("systemd takes the README's units as they are", () => {
  const folder = emptyFolder();
  const units = Array.from(
    README.matchAll(/`\/etc\/systemd\/system\/(\S+)`[^\n]*\n```ini\n([\s\S]*?)^```$/gm),
    ([, name = '', text = '']) => ({ path: join(folder, name), text }),
  );
  expect(units.map(({ path }) => path.split('.').at(-1))).toEqual(['service', 'timer']);
  // The command is not installed here, and systemd looks whether it is.
  for (const { path, text } of units) writeFileSync(path, text.replace('ExecStart=leaktally', `ExecStart=${NODE}`));
  const { stderr, status } = spawnSync(SYSTEMD.binary, ['verify', ...units.map(({ path }) => path)], {
    encoding: 'utf8',
  });
  expect(stderr.split('\n').filter((line) => line.includes('leaktally'))).toEqual([]);
  expect(status).toBe(0);
});

test('the cron line has the user between the times and the command', () => {
  expect(README).toMatch(/^(\S+ ){4}\S+ {2}leaktally {2}leaktally --quiet --env-file \S+$/m);
});

test("rsyslog takes the README's receiver as it is", () => {
  const file = join(emptyFolder(), 'leaktally.conf');
  writeFileSync(file, codeOf(/^```\n(module\(load="imtcp"\)\n[\s\S]*?)^```$/m));
  const { status, stderr } = spawnSync(RSYSLOG.binary, ['-N1', '-f', file], { encoding: 'utf8' });
  expect(linesOf(stderr).filter((line) => /error|warning/i.test(line))).toEqual([]);
  expect(status).toBe(0);
});
