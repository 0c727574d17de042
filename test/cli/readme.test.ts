import { expect, test } from 'vitest';
import type { Setting } from '../../src/options/setting.ts';
import { SETTINGS } from '../../src/options/settings.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { readProjectFile } from '../support/project.ts';

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
