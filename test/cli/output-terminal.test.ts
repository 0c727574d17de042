import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { AS_OF, insertEvents, MB } from '../support/builders/events.ts';
import { LAUNCHER, NODE, resultOf, runOn } from '../support/command/leaktally.ts';
import { leaktallyOnTerminal } from '../support/command/leaktally-on-terminal.ts';
import { test as base } from '../support/fixtures.ts';
import { emptyFolder } from '../support/folders.ts';
import { lockEvents } from '../support/servers/mariadb-scan.ts';

const PROGRESS = /reading events/;
const COLOUR = new RegExp(`${'\x1b'}\\[\\d+m`);
const CLEARED = '\r\x1b[K';

const test = base.extend('database', ({ sharedDatabase }) => sharedDatabase);
test.beforeAll(async ({ sharedDatabase }) => {
  const sources = Array.from({ length: 1500 }, (_, index) => `10.4.${index >> 8}.${index & 255}`);
  await insertEvents(
    sharedDatabase,
    sources.map((source) => ({ epoch: AS_OF, source, bytes: 120 * MB })),
  );
});

test('on a terminal a long scan shows its progress, clears it and goes on in colour', async ({ database }) => {
  const unlock = await lockEvents(database);
  let unlocked: Promise<unknown> | undefined;
  const args = ['--database', database.url, '--as-of', `${AS_OF}`, '--no-syslog'];
  const { code, output } = await leaktallyOnTerminal(args, database.env, (soFar) => {
    if (PROGRESS.test(soFar)) unlocked ??= unlock();
  });
  await unlocked;
  expect(code).toBe(0);
  expect(output).toMatch(PROGRESS);
  const report = output.slice(output.lastIndexOf(CLEARED));
  expect(report).not.toMatch(PROGRESS);
  expect(report).toContain('10.4.0.1');
  expect(report).toMatch(COLOUR);
});

test('with NO_COLOR the report on a terminal has no escape codes', async ({ database }) => {
  const args = ['--database', database.url, '--as-of', `${AS_OF}`, '--no-syslog', '--threshold', '1GB'];
  const { code, output } = await leaktallyOnTerminal(args, { ...database.env, NO_COLOR: '1' });
  expect(code).toBe(0);
  expect(output).not.toMatch(COLOUR);
});

test('COLUMNS counts: with room for it, the report on a terminal says when each leak was first seen', async () => {
  const narrow = await leaktallyOnTerminal(['--demo'], { NO_COLOR: '1' });
  const wide = await leaktallyOnTerminal(['--demo'], { NO_COLOR: '1', COLUMNS: '100' });
  expect(narrow.output).not.toContain('First seen');
  expect(wide.output).toMatch(/^10\.1\.1\.5 .* 11-24 00:55 {2}11-24 01:50 {2}new\r$/m);
});

test('in a locale without UTF-8 the report is drawn in ASCII', async () => {
  const { output } = await leaktallyOnTerminal(['--demo'], { NO_COLOR: '1', LC_ALL: 'C' });
  expect(output).toMatch(/^[\r\n -~]+$/);
  expect(output).toContain('..........+@@@..........  pauses up to 15 min');
});

test('in a pipe a long scan shows nothing', async ({ database }) => {
  const unlock = await lockEvents(database);
  const result = runOn(database, ['--as-of', `${AS_OF}`]);
  await sleep(2000); // longer than it takes until progress is shown
  await unlock();
  expect(await result).toMatchObject({ code: 0, stderr: '' });
});

test.for(['table', 'json', 'csv'])('a reader that stops early (%s) makes no noise', async (format, { database }) => {
  const args = ['--database', database.url, '--as-of', `${AS_OF}`, '--no-syslog', '--format', format];
  const child = spawn('sh', ['-c', '"$0" "$@" | head -n 1', NODE, '--', LAUNCHER, ...args], {
    env: { PATH: process.env.PATH, ...database.env },
    cwd: emptyFolder(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = await resultOf(child);
  expect(stdout.trimEnd()).toMatch(/^[^\n]+$/);
  expect(stderr).toBe('');
});
