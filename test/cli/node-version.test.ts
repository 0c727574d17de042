import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LAUNCHER, NODE } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';
import { readProjectFile } from '../support/project.ts';

/** Runs the command on a Node.js that says it has this version. */
function versionOn(version: string) {
  const disguise = join(emptyFolder(), 'disguise.cjs');
  writeFileSync(disguise, `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`);
  const { status, stdout, stderr } = spawnSync(NODE, ['--require', disguise, '--', LAUNCHER, '--version'], {
    env: {},
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test.each(['12.22.12', '18.20.8', '20.18.3'])('Node.js %s is too old, which is said in one line', (version) => {
  expect(versionOn(version)).toEqual({
    status: 1,
    stdout: '',
    stderr: `leaktally: needs Node.js 20.19 or newer, but this is ${version}; update it\n`,
  });
});

test.each(['20.19.0', '21.0.0', '26.1.0'])('Node.js %s is not', (version) => {
  expect(versionOn(version)).toMatchObject({ status: 0, stderr: '' });
});

test('what the launcher asks for is what the package asks for', () => {
  expect(JSON.parse(readProjectFile('package.json')).engines.node).toBe('>=20.19');
});
