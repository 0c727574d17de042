import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { expectOneLineFailure } from '../support/command/expectations.ts';
import { type MonitoredRuns, test } from '../support/command/monitored-runs.ts';
import { NOBODY_LISTENS, startReceiver } from '../support/receivers/receiver.ts';
import { lockEvents } from '../support/servers/mariadb-scan.ts';

function expectFailure(runs: MonitoredRuns, lastSuccess: number): void {
  expect(runs.metrics()).toMatchObject({
    leaktally_last_run_success: 0,
    leaktally_last_success_timestamp_seconds: lastSuccess,
  });
  expect(runs.metrics().leaktally_last_run_timestamp_seconds).toBeGreaterThan(lastSuccess + 4000);
}

test('alerts that cannot be sent: a failure that says how many, and the last success stays', async ({
  database,
  runs,
}) => {
  const lastSuccess = await runs.succeedLongAgo();
  await insertLeaks(database, 4); // two of which are the old ones, grown
  expect((await runs.run('--syslog', NOBODY_LISTENS)).code).toBe(1);
  expectFailure(runs, lastSuccess);
  expect(runs.metrics()).toMatchObject({
    'leaktally_last_run_alerts{outcome="sent"}': 0,
    'leaktally_last_run_alerts{outcome="failed"}': 4,
    leaktally_alerts_due: 4,
    leaktally_leaks: 4,
  });
  expect((await runs.run()).code).toBe(0);
  expect(runs.metrics()).toMatchObject({
    leaktally_last_run_success: 1,
    'leaktally_last_run_alerts{outcome="sent"}': 4,
    leaktally_alerts_due: 0,
  });
  expect(runs.metrics().leaktally_last_success_timestamp_seconds).toBeGreaterThan(lastSuccess);
});

test('a database that is away: a failure that says nothing about leaks, and the last success stays', async ({
  runs,
}) => {
  const lastSuccess = await runs.succeedLongAgo();
  expect((await runs.run('--database', 'mysql://root@127.0.0.1:1/plixer')).code).toBe(1);
  expectFailure(runs, lastSuccess);
  expect(Object.keys(runs.metrics()).join()).not.toMatch(/leaks|events|due/);
});

test('stale data is a failure', async ({ runs }) => {
  const lastSuccess = await runs.succeedLongAgo();
  expect((await runs.run('--fail-if-stale', '5m')).code).toBe(1);
  expectFailure(runs, lastSuccess);
  expect(runs.metrics().leaktally_leaks).toBe(2);
});

test('a run that gives up at its time limit says so', async ({ database, runs }) => {
  const lastSuccess = await runs.succeedLongAgo();
  const unlock = await lockEvents(database);
  const hung = await runs.run('--timeout', '2s');
  await unlock();
  expectOneLineFailure(hung, /--timeout/);
  expectFailure(runs, lastSuccess);
  expect(runs.metrics().leaktally_last_run_duration_seconds).toBeGreaterThan(1.5);
});

test('a run whose time is over while it sends says what is still due', async ({ runs }) => {
  const silent = await startReceiver(({ number, accept }) => (number === 1 ? accept() : undefined));
  const { code } = await runs.run('--timeout', '4s', '--syslog', silent.patientUrl);
  await silent.stop();
  expect(code).toBe(1);
  expect(runs.metrics()).toMatchObject({
    leaktally_last_run_success: 0,
    'leaktally_last_run_alerts{outcome="sent"}': 1,
    'leaktally_last_run_alerts{outcome="failed"}': 1,
    leaktally_alerts_due: 1,
  });
});

test('a run that finds another one under way leaves its metrics alone', async ({ database, runs }) => {
  await runs.succeedLongAgo();
  await insertLeaks(database, 3);
  const before = readFileSync(runs.file, 'utf8');
  const second = await runs.runBesideAnother();
  expect(second.code).toBe(0);
  expect(second.stderr).toMatch(/under way/);
  expect(readFileSync(runs.file, 'utf8')).toBe(before);
});
