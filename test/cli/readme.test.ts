import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SETTINGS, type Setting } from '../../src/settings.ts';
import { leaktally } from '../support/command.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the picture in the README is what the demo prints', async () => {
  const { stdout } = await leaktally(['--demo']);
  expect(readme).toContain(`$ leaktally --demo\n${stdout}`);
});

test('the README lists every option with its variable and default', () => {
  const rows = Object.values<Setting>(SETTINGS).map(
    ({ flag, env, fallback, help }) =>
      `| ${[flag, env, fallback].map((text) => (text ? `\`${text}\`` : '')).join(' | ')} | ${help.replaceAll('<', '\\<')} |`,
  );
  expect(readme).toContain(rows.join('\n'));
});
