import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readOptions } from '../../src/options/options.ts';
import type { Setting } from '../../src/options/setting.ts';
import { SETTINGS } from '../../src/options/settings.ts';
import { mmdbFileOf } from '../support/builders/mmdb-file.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { emptyFolder } from '../support/folders.ts';
import { ROOT, VERSION } from '../support/project.ts';
import { GROFF, MAN, MANDOC } from '../support/servers/install.ts';

const PAGE = `${ROOT}dist/leaktally.1`;
const settings = Object.values<Setting>(SETTINGS);

async function helpOf(flag: string): Promise<string> {
  const { code, stdout, stderr } = await leaktally([flag]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('-h has each option in one line, with its default, in at most 70 lines', async () => {
  const lines = (await helpOf('-h')).trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(70);
  for (const { flag, fallback = '' } of settings) {
    if (!flag) continue;
    const [line = '', ...more] = lines.filter((one) => one.startsWith(`  ${flag} `));
    expect({ flag, more }).toEqual({ flag, more: [] });
    expect(line).toMatch(/^ {2}.*[^ ] {2,}[A-Za-z].*$/);
    expect(line.endsWith(fallback && ` [${fallback}]`)).toBe(true);
  }
});

test('--help says everything about each option and variable', async () => {
  const text = (await helpOf('--help')).replace(/\s+/g, '');
  for (const { flag = '', env = '', fallback = '', help } of settings) {
    for (const part of [flag, env, fallback, help]) expect(text).toContain(part.replace(/\s+/g, ''));
  }
});

test('the help that is asked for is shown whatever else is given', async () => {
  expect(await helpOf('-h')).toBe((await leaktally(['--dry-run', '-h', '--watch', '80'])).stdout);
  expect(await helpOf('--help')).toBe((await leaktally(['--demo', '--help'])).stdout);
});

test('man shows the manual, with all that --help says', () => {
  const env = { PATH: '/usr/bin:/bin', MANWIDTH: '80', LC_ALL: 'C.UTF-8' };
  const { status, stdout, stderr } = spawnSync(MAN.binary, ['-l', PAGE], { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(linesOf(stdout).filter((line) => line.length > 80)).toEqual([]);
  for (const section of ['NAME', 'SYNOPSIS', 'OPTIONS', 'ENVIRONMENT', 'FILES', 'EXIT STATUS', 'EXAMPLES']) {
    expect(stdout).toMatch(new RegExp(`^${section}$`, 'm'));
  }
  expect(stdout).toContain(`leaktally ${VERSION}`);
  // In groff's output a hyphen is what was typed, so that an option can be copied; case and full stops may differ.
  const text = stdout.replace(/\s+/g, '').toLowerCase();
  for (const { flag = '', env = '', fallback = '', help } of settings) {
    const parts = [flag.replace(/[<>]/g, ''), env, fallback, help];
    for (const part of parts) expect(text).toContain(part.replace(/\s+/g, '').toLowerCase());
  }
});

test('the exceptions that the manual shows are understood', () => {
  const { stdout } = spawnSync(MAN.binary, ['-l', PAGE], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
  const examples = /decides:\n\n(.*?)\n\n?EXIT STATUS/s.exec(stdout)?.[1] ?? '';
  expect(examples.match(/above|until/g)).toHaveLength(4);
  const exceptions = join(emptyFolder(), 'exceptions');
  writeFileSync(exceptions, examples);
  const none = mmdbFileOf({});
  const { exceptions: rules } = readOptions({ demo: true, exceptions, ipDatabase: [none] }, {});
  expect(rules.exceptions).toHaveLength(4);
});

test('neither groff nor mandoc finds anything wrong with the manual', () => {
  const lint = spawnSync(MANDOC.binary, ['-T', 'lint', PAGE], { encoding: 'utf8' });
  expect(lint).toMatchObject({ status: 0, stdout: '', stderr: '' });
  const groff = spawnSync(GROFF.binary, ['-ww', '-man', '-Tutf8', PAGE], { encoding: 'utf8' });
  expect(groff).toMatchObject({ status: 0, stderr: '' });
});
