import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Setting } from '../../src/options/setting.ts';
import { SETTINGS } from '../../src/options/settings.ts';
import { leaktally, NODE } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';
import { readProjectFile } from '../support/project.ts';
import { SYSTEMD } from '../support/servers/install.ts';

const readme = readProjectFile('README.md');

const EXAMPLES = Array.from(
  readme.matchAll(/^```\n\$ leaktally (--demo.*)\n([\s\S]*?)^```$/gm),
  ([, args = '', output = '']) => ({ args, output }),
);

test('the README has a picture, and examples of other reports', () => {
  expect(EXAMPLES.map(({ args }) => args)).toEqual(
    expect.arrayContaining(['--demo', expect.stringContaining('--what-if')]),
  );
});

test.each(EXAMPLES)('what the README shows is what is printed: $args', async ({ args, output }) => {
  const { stdout } = await leaktally(args.split(' '));
  expect(output).toBe(stdout);
});

test('the explanation in the README is what the demo prints', async () => {
  const { code, stdout, stderr } = await leaktally(['--demo', '--explain', '10.1.1.5,203.0.113.9']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(readme).toContain(`$ leaktally --demo --explain 10.1.1.5,203.0.113.9\n${stdout}`);
});

test('the README lists every option with its variable and default', () => {
  const rows = Object.values<Setting>(SETTINGS).map(
    ({ flag, env, fallback, help }) =>
      `| ${[flag, env, fallback].map((text) => (text ? `\`${text}\`` : '')).join(' | ')} | ${help.replaceAll('<', '\\<')} |`,
  );
  expect(readme).toContain(rows.join('\n'));
});

test("systemd takes the README's units as they are", () => {
  const folder = emptyFolder();
  const units = Array.from(
    readme.matchAll(/^`\/etc\/systemd\/system\/(\S+)`[^`][\s\S]*?^```ini\n([\s\S]*?)^```$/gm),
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
  expect(readme).toMatch(/^(\S+ ){4}\S+ {2}leaktally {2}leaktally --quiet --env-file \S+$/m);
});
