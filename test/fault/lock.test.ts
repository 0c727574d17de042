import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { type CommandResult, leaktally } from '../support/command/command.ts';
import { insertLeaks, lines } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { waitFor } from '../support/servers/process.ts';

let database: TestDatabase;
let healthy: Receiver;
/** Lets every run that sends to it wait, so that it holds the lock. */
let silent: Receiver;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  [healthy, silent] = [await startReceiver(), await startReceiver(() => undefined)];
  await insertLeaks(database.connection, 1);
});
afterEach(async () => {
  await healthy.stop();
  await silent.stop();
  await database.drop();
});

const STATES: readonly [string, () => string[]][] = [
  ['the database', () => []],
  ['a file', () => ['--state', `sqlite:${join(mkdtempSync(join(tmpdir(), 'leaktally-lock-')), 'state.db')}`]],
];

/** Starts a run that holds the lock until it is killed. */
async function startHolder(state: readonly string[], more: readonly string[] = []) {
  const before = silent.connections();
  let pid = 0;
  const ended = run(`tcp://127.0.0.1:${silent.port}?timeout=3m`, [...state, ...more], (started) => {
    pid = started;
  });
  await waitFor('the first run sends', () => silent.connections() > before);
  return {
    kill: (): Promise<CommandResult> => {
      process.kill(pid, 'SIGKILL');
      return ended;
    },
  };
}

function run(syslog: string, more: readonly string[], onStart: (pid: number) => void = () => undefined) {
  return leaktally(['--database', database.url, '--syslog', syslog, ...more], { env: database.env, onStart });
}

test.each(STATES)('with state in %s, a second run says so in one line, exits 0 and sends nothing', async (_, place) => {
  const state = place();
  const holder = await startHolder(state);
  const second = await run(healthy.url, state);
  await holder.kill();
  expect(second.code).toBe(0);
  expect(lines(second.stderr)).toEqual([expect.stringMatching(/another run of rule "data-leak" is under way/)]);
  expect(second.stdout).toBe('');
  expect(healthy.connections()).toBe(0);
});

test.each(STATES)('with state in %s, the next run finds the lock of a killed run free', async (_, place) => {
  const state = place();
  const holder = await startHolder(state);
  expect((await holder.kill()).signal).toBe('SIGKILL');
  const next = await run(healthy.url, state);
  expect({ code: next.code, stderr: next.stderr }).toEqual({ code: 0, stderr: '' });
  expect(healthy.records()).toHaveLength(1);
});

test.each(STATES)('with state in %s, another rule is not held up', async (_, place) => {
  const state = place();
  const holder = await startHolder(state);
  const other = await run(healthy.url, [...state, '--rule', 'another']);
  await holder.kill();
  expect({ code: other.code, stderr: other.stderr }).toEqual({ code: 0, stderr: '' });
  expect(healthy.records()).toHaveLength(1);
});

test.each(STATES)('with state in %s, a dry run looks while another run is under way', async (_, place) => {
  const state = place();
  const holder = await startHolder(state);
  const { code, stdout } = await run(healthy.url, [...state, '--dry-run', '--format', 'json']);
  await holder.kill();
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ leaks: [{ alert: 'would-send' }] });
});

test.each(STATES)('with state in %s, of five runs at once one alerts and all exit 0', async (_, place) => {
  const state = place();
  const runs = await Promise.all([1, 2, 3, 4, 5].map(() => run(healthy.url, state)));
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  expect(healthy.records()).toHaveLength(1);
});
