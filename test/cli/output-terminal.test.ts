import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { insertEvents, MB } from '../support/builders/events.ts';
import { emptyFolder, LAUNCHER, NODE } from '../support/command/command.ts';
import { runOn } from '../support/command/report.ts';
import { leaktallyOnTerminal } from '../support/command/terminal.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';

const AS_OF = 1_763_950_000;
const PROGRESS = /reading events/;
const COLOUR = new RegExp(`${'\x1b'}\\[\\d+m`);
const WIPED_OUT = '\r\x1b[K';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('mariadb'));
  const sources = Array.from({ length: 1500 }, (_, index) => `10.4.${index >> 8}.${index & 255}`);
  await insertEvents(
    database.connection,
    sources.map((source) => ({ epoch: AS_OF, source, bytes: 120 * MB })),
  );
});
afterAll(() => database.drop());

const lock = () => database.connection.query('lock tables alm_bulletin_board_data write');
const unlock = () => database.connection.query('unlock tables');

test('on a terminal a long scan shows its progress, wipes it out and goes on in colour', async () => {
  await lock();
  let unlocked: Promise<unknown> | undefined;
  const args = ['--database', database.url, '--as-of', `${AS_OF}`, '--no-syslog'];
  const { code, output } = await leaktallyOnTerminal(args, database.env, (soFar) => {
    if (PROGRESS.test(soFar)) unlocked ??= unlock();
  });
  await unlocked;
  expect(code).toBe(0);
  expect(output).toMatch(PROGRESS);
  const report = output.slice(output.lastIndexOf(WIPED_OUT));
  expect(report).not.toMatch(PROGRESS);
  expect(report).toContain('10.4.0.1');
  expect(report).toMatch(COLOUR);
});

test('with NO_COLOR the report on a terminal has no escape codes', async () => {
  const args = ['--database', database.url, '--as-of', `${AS_OF}`, '--no-syslog', '--threshold', '1GB'];
  const { code, output } = await leaktallyOnTerminal(args, { ...database.env, NO_COLOR: '1' });
  expect(code).toBe(0);
  expect(output).not.toMatch(COLOUR);
});

test('in a pipe a long scan shows nothing', async () => {
  await lock();
  const result = runOn(database, ['--as-of', `${AS_OF}`]);
  await sleep(2000); // longer than a scan goes on before progress is shown
  await unlock();
  expect(await result).toMatchObject({ code: 0, stderr: '' });
});

test.each(['table', 'json', 'csv'])('a reader that stops early (%s) makes no noise', async (format) => {
  const args = ['--database', database.url, '--as-of', `${AS_OF}`, '--no-syslog', '--format', format];
  const child = spawn('sh', ['-c', '"$0" "$@" | head -n 1', NODE, '--', LAUNCHER, ...args], {
    env: { PATH: process.env.PATH, ...database.env },
    cwd: emptyFolder(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await once(child, 'close');
  expect(stdout.trimEnd()).toMatch(/^[^\n]+$/);
  expect(stderr).not.toMatch(/\n {4}at |node:/);
  expect(stderr.split('\n').length).toBeLessThanOrEqual(2);
});
