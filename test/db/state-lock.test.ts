import { expect } from 'vitest';
import { insertLeak } from '../support/builders/events.ts';
import { runOn, startOn } from '../support/command/leaktally.ts';
import { nextRun, OTHER_RUN } from '../support/command/next-run.ts';
import { test as base } from '../support/fixtures.ts';
import { newStateFile } from '../support/folders.ts';
import { recordsFromNow } from '../support/receivers/rsyslog-records.ts';
import type { MariadbDatabase } from '../support/servers/mariadb.ts';
import { lockEvents, waitForScan } from '../support/servers/mariadb-scan.ts';

const KEPT_IN = ['the database', 'a file'] as const;

const test = base
  .extend('syslog', ({ rsyslog }) => ['--syslog', rsyslog.tcpUrl])
  .extend('stateIn', ({ syslog }) => (place: (typeof KEPT_IN)[number]) => {
    return place === 'a file' ? [...syslog, '--state', `sqlite:${newStateFile()}`] : syslog;
  });
test.beforeEach(({ database }) => insertLeak(database));

/** Starts a run and holds it where it reads the events, until it is released. */
async function startHeldRun(database: MariadbDatabase, args: readonly string[]) {
  const unlock = await lockEvents(database);
  const run = startOn(database, args);
  await waitForScan(database);
  return { ...run, release: () => unlock().then(() => run.result) };
}

test.for(KEPT_IN)(
  'with state in %s, of two runs one does the work and the other says so',
  async (place, { database, rsyslog, stateIn }) => {
    const args = stateIn(place);
    const newRecords = await recordsFromNow(rsyslog);
    const held = await startHeldRun(database, args);
    const second = await runOn(database, args);
    const withExitCode = await runOn(database, [...args, '--exit-code', '9', '--quiet']);
    const first = await held.release();
    expect(second).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(OTHER_RUN) });
    expect(withExitCode).toMatchObject({ code: 0, stdout: '' });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(await newRecords()).toHaveLength(1);
  },
);

test.for(KEPT_IN)('with state in %s, the lock of a killed run is free again', async (place, { database, stateIn }) => {
  const args = stateIn(place);
  const held = await startHeldRun(database, args);
  expect((await held.kill()).signal).toBe('SIGKILL');
  await held.release();
  const next = await nextRun(() => runOn(database, args));
  expect(next).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('new') });
});

test('a dry run neither takes the lock nor waits for it, and another rule has a lock of its own', async ({
  database,
  syslog,
}) => {
  const held = await startHeldRun(database, syslog);
  const others = [runOn(database, ['--dry-run']), runOn(database, [...syslog, '--rule', 'other'])];
  for (const result of await Promise.all([held.release(), ...others])) {
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('10.1.1.5') });
  }
});

test('five runs started together alert once', async ({ database, rsyslog, syslog }) => {
  const newRecords = await recordsFromNow(rsyslog);
  const results = await Promise.all(Array.from({ length: 5 }, () => runOn(database, syslog)));
  for (const { code, stderr } of results) {
    expect(code).toBe(0);
    if (stderr !== '') expect(stderr).toMatch(OTHER_RUN);
  }
  expect(await newRecords()).toHaveLength(1);
});
