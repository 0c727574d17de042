import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { startOn } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base, started } from '../support/fixtures.ts';
import { newStateFile } from '../support/folders.ts';
import { neverRead, startReceiver } from '../support/receivers/receiver.ts';

const STATES: readonly [string, () => string[]][] = [
  ['the database', () => []],
  ['a file', () => ['--state', `sqlite:${newStateFile()}`]],
];

const test = base
  /** Keeps every run that sends to it waiting, so that the run holds the lock. */
  .extend('silent', started(startReceiver, neverRead))
  /** Starts a run that holds the lock until it is killed. */
  .extend('startHolder', ({ database, silent }) => async (state: readonly string[]) => {
    const holder = startOn(database, ['--syslog', silent.patientUrl, ...state]);
    await silent.waitForConnection();
    return holder;
  });
test.beforeEach(async ({ database }) => {
  await insertLeaks(database, 1);
});

test.for(STATES)(
  'with state in %s, a second run says so in one line, exits 0 and sends nothing',
  async ([, place], { receiver, run, startHolder }) => {
    const state = place();
    const holder = await startHolder(state);
    const second = await run(...state);
    await holder.kill();
    expect(second.code).toBe(0);
    expect(linesOf(second.stderr)).toEqual([expect.stringMatching(/another run of rule "data-leak" is under way/)]);
    expect(second.stdout).toBe('');
    expect(receiver.connections()).toBe(0);
  },
);

test.for(STATES)(
  'with state in %s, the next run finds the lock of a killed run free',
  async ([, place], { receiver, run, startHolder }) => {
    const state = place();
    const holder = await startHolder(state);
    expect((await holder.kill()).signal).toBe('SIGKILL');
    const next = await run(...state);
    expect({ code: next.code, stderr: next.stderr }).toEqual({ code: 0, stderr: '' });
    expect(receiver.records()).toHaveLength(1);
  },
);

test.for(STATES)('with state in %s, another rule is not held up', async ([, place], { receiver, run, startHolder }) => {
  const state = place();
  const holder = await startHolder(state);
  const other = await run(...state, '--rule', 'another');
  await holder.kill();
  expect({ code: other.code, stderr: other.stderr }).toEqual({ code: 0, stderr: '' });
  expect(receiver.records()).toHaveLength(1);
});

test.for(STATES)(
  'with state in %s, a dry run looks while another run is under way',
  async ([, place], { run, startHolder }) => {
    const state = place();
    const holder = await startHolder(state);
    const { code, stdout } = await run(...state, '--dry-run', '--format', 'json');
    await holder.kill();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ leaks: [{ alert: 'would-send' }] });
  },
);

test.for(STATES)(
  'with state in %s, of five runs at once one alerts and all exit 0',
  async ([, place], { receiver, run }) => {
    const state = place();
    const runs = await Promise.all([1, 2, 3, 4, 5].map(() => run(...state)));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(receiver.records()).toHaveLength(1);
  },
);
