import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertLeak } from '../support/builders/events.ts';
import { expectOneLineFailure } from '../support/command/expectations.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { test as base } from '../support/fixtures.ts';
import { emptyFolder } from '../support/folders.ts';
import { dump } from '../support/servers/dump.ts';

const test = base
  .extend('folder', () => emptyFolder())
  .extend('state', ({ folder }) => ['--state', `sqlite:${join(folder, 'state.db')}`]);
test.beforeEach(({ database }) => insertLeak(database));

test('with a state file, reading the database is enough, and the second run knows of the first', async ({
  database,
  reader,
  state,
}) => {
  const before = await dump(database);
  expect((await reportOf(reader, state)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(reader, state)).leaks).toMatchObject([{ status: 'known' }]);
  expect((await reportOf(reader, [...state, '--dry-run'])).leaks).toMatchObject([{ status: 'known' }]);
  expect((await reportOf(reader, [...state, '--rule', 'other'])).leaks).toMatchObject([{ status: 'new' }]);
  expect(await dump(database)).toEqual(before);
});

test('every file it creates is for its owner only', async ({ reader, folder, state }) => {
  await reportOf(reader, state);
  expect(existsSync(join(folder, 'state.db'))).toBe(true);
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
});

test('a state file that exists keeps the permissions it was given', async ({ reader, folder, state }) => {
  await reportOf(reader, state);
  chmodSync(join(folder, 'state.db'), 0o640);
  await reportOf(reader, state);
  expect(statSync(join(folder, 'state.db')).mode & 0o777).toBe(0o640);
});

test.for<[string, number, number, RegExp]>([
  ['of another user', 65534, 0o600, /state\.db belongs to another user \(uid 65534\)/],
  ['that its group may write', 0, 0o660, /state\.db can be changed by other users; run chmod go-w/],
  ['that everybody may write', 0, 0o602, /state\.db can be changed by other users; run chmod go-w/],
])(
  'a state file %s is not written to, but a dry run reads it',
  async ([, owner, mode, says], { reader, folder, state }) => {
    await reportOf(reader, state);
    chownSync(join(folder, 'state.db'), owner, owner);
    chmodSync(join(folder, 'state.db'), mode);
    expectOneLineFailure(await runOn(reader, state), says);
    expect((await reportOf(reader, [...state, '--dry-run'])).leaks).toMatchObject([{ status: 'known' }]);
  },
);

test('a pipe is refused at once as events and as state', async ({ reader, folder }) => {
  const pipe = `sqlite:${join(folder, 'pipe')}`;
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expectOneLineFailure(await runOn(reader, ['--state', pipe]), /pipe: not a regular file/);
  expectOneLineFailure(await runOn({ url: pipe, env: {} }, ['--dry-run']), /pipe: not a regular file/);
});

test('a relative path is taken from where the command runs', async ({ reader, folder }) => {
  const first = await reportOf(reader, ['--state', 'sqlite:state.db'], { cwd: folder });
  expect(first.leaks).toMatchObject([{ status: 'new' }]);
  expect(existsSync(join(folder, 'state.db'))).toBe(true);
});

test('the state file may be named in the environment', async ({ reader, folder }) => {
  const env = { LEAKTALLY_STATE_URL: `sqlite:${join(folder, 'state.db')}` };
  expect((await reportOf(reader, [], { env })).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(reader, [], { env })).leaks).toMatchObject([{ status: 'known' }]);
});

test('--print-schema says whose a state file has to be, and has nothing to run for it', async ({
  reader,
  folder,
  state,
}) => {
  const { code, stdout } = await runOn(reader, [...state, '--print-schema']);
  expect(code).toBe(0);
  const [events = '', keeping = ''] = stdout.split('-- Script 2 of 2');
  expect(events.match(/^grant .*$/gm)).toHaveLength(2);
  expect(keeping).toContain(join(folder, 'state.db'));
  expect(keeping).toMatch(/must own the file/);
  for (const line of keeping.trimEnd().split('\n').slice(1)) expect(line).toMatch(/^--/);
  expect(readdirSync(folder)).toEqual([]);
});
