import Libsql from 'libsql';
import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { runOn } from '../support/command/leaktally.ts';
import { nextRun } from '../support/command/next-run.ts';
import { linesOf } from '../support/command/output.ts';
import { expectTimedOut, LATE_SECONDS, TIME_LIMIT, timed } from '../support/command/time-limit.ts';
import { test as base, started } from '../support/fixtures.ts';
import { newStateFile } from '../support/folders.ts';
import { alertIds } from '../support/receivers/parse-alert.ts';
import { startReceiver } from '../support/receivers/receiver.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { lockEvents, waitForScan } from '../support/servers/mariadb-scan.ts';
import { whileFrozen } from '../support/servers/process.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

const test = base
  .extend('mariadb', { scope: 'file' }, started(startMariadb))
  .extend('timedRun', ({ database, receiver }) => async (syslog = receiver.url, ...more: string[]) => {
    return timed(runOn(database, [...TIME_LIMIT, '--syslog', syslog, ...more]));
  });
test.beforeEach(async ({ database }) => {
  await insertLeaks(database, 1);
});

test('mariadbd is frozen before the run', async ({ receiver, mariadb, timedRun }) => {
  expectTimedOut(await whileFrozen(mariadb.pid, timedRun));
  await nextRun(timedRun);
  expect(receiver.records()).toHaveLength(1);
});

test('mariadbd is frozen during the scan', async ({ database, receiver, mariadb, timedRun }) => {
  // Holds the scan, so that there is time to freeze the server in the middle of it.
  const unlock = await lockEvents(database);
  const running = timedRun();
  await waitForScan(database);
  const hung = await whileFrozen(mariadb.pid, () => running);
  await unlock();
  expectTimedOut(hung);
  await nextRun(timedRun);
  expect(receiver.records()).toHaveLength(1);
});

test('mariadbd is frozen between the sending and the recording of an alert', async ({
  receiver,
  mariadb,
  timedRun,
}) => {
  const freezing = await startReceiver(({ accept }) => {
    process.kill(mariadb.pid, 'SIGSTOP');
    return accept();
  });
  const hung = await timedRun(freezing.url);
  // In this order, so that a late connection does not freeze the server again.
  await freezing.stop();
  process.kill(mariadb.pid, 'SIGCONT');
  expectTimedOut(hung);
  await nextRun(timedRun);
  // The server may or may not have recorded the alert before it froze: repeated or not, it is the same one.
  expect(freezing.records()).toHaveLength(1);
  const ids = alertIds([...freezing.records(), ...receiver.records()]);
  expect(new Set(ids).size).toBe(1);
});

test('rsyslogd is frozen: the run ends before its timeout, the next one sends under the same id', async ({
  database,
  receiver,
  rsyslog,
  timedRun,
}) => {
  const hung = await whileFrozen(rsyslog.pid, () => timedRun(`${rsyslog.tcpUrl}?timeout=1m&ack=1m`));
  expect(hung.code).toBe(1);
  expect(linesOf(hung.stderr)).toEqual([expect.stringMatching(/no acknowledgement within .*; 1 alert still due/)]);
  expect(hung.seconds).toBeLessThan(LATE_SECONDS);
  const due = await dueAlertIds(database);
  await nextRun(timedRun);
  expect(receiver.records()).toHaveLength(1);
  expect(alertIds(receiver.records())).toEqual(due);
});

test('another program locks the state file: the run ends by its timeout and sends nothing', async ({
  receiver,
  timedRun,
}) => {
  const file = newStateFile();
  const state = ['--state', `sqlite:${file}`];
  expect((await timedRun('none', ...state, '--rule', 'another')).code).toBe(0);
  const other = new Libsql(file);
  other.exec('begin exclusive');
  const hung = await timedRun(receiver.url, ...state);
  other.exec('rollback');
  other.close();
  const next = await timedRun(receiver.url, ...state);
  expect([hung.code, next.code]).toEqual([1, 0]);
  expect(linesOf(hung.stderr)).toHaveLength(1);
  expect(hung.seconds).toBeLessThan(LATE_SECONDS);
  expect(receiver.records()).toHaveLength(1);
});
