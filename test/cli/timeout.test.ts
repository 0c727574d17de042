import { expect } from 'vitest';
import { insertLeak } from '../support/builders/events.ts';
import { expectOneLineFailure } from '../support/command/expectations.ts';
import { runOn } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base, started } from '../support/fixtures.ts';
import { neverAcknowledge, startReceiver } from '../support/receivers/receiver.ts';
import { startMariadb } from '../support/servers/mariadb.ts';
import { lockEvents, scanningSessions, waitForScan } from '../support/servers/mariadb-scan.ts';
import { waitFor, whileFrozen } from '../support/servers/process.ts';

const test = base.extend('mariadb', { scope: 'file' }, started(startMariadb));
test.beforeEach(({ database }) => insertLeak(database));

test('a server that is frozen from the start ends the run after --timeout', async ({ database, mariadb }) => {
  const failed = await whileFrozen(mariadb.pid, () => runOn(database, ['--timeout', '2s']));
  expectOneLineFailure(failed, /did not finish within 2s \(--timeout\)/);
});

test('a check of a server that is frozen says so at one point of each database, and nothing else', async ({
  database,
  mariadb,
}) => {
  const args = ['--check', '--timeout', '2s'];
  const { code, stdout, stderr } = await whileFrozen(mariadb.pid, () => runOn(database, args));
  expect(code).toBe(1);
  expect(stdout).toMatch(/✖ Events database +no answer within \S+ s\n +→ check host, port and firewall/);
  expect(linesOf(stderr)).toEqual(['leaktally: 2 checks failed: database.connection, state.connection']);
});

test('so does a server that freezes in the middle of the scan', async ({ database, mariadb }) => {
  const unlock = await lockEvents(database);
  const run = runOn(database, ['--timeout', '8s']);
  await waitForScan(database);
  const failed = await whileFrozen(mariadb.pid, () => run);
  await unlock();
  expectOneLineFailure(failed, /did not finish within 8s \(--timeout\)/);
});

test('so does a statement that takes too long, which does not continue in the server', async ({ database }) => {
  const unlock = await lockEvents(database);
  const failed = await runOn(database, ['--timeout', '2s']);
  await waitFor('the statement has ended in the server', async () => (await scanningSessions(database)).length === 0);
  await unlock();
  expectOneLineFailure(failed, /did not finish within 2s \(--timeout\)/);
});

test('a session ended by the server fails the run in one line, long before --timeout', async ({ database }) => {
  const unlock = await lockEvents(database);
  const run = runOn(database, ['--timeout', '30s']);
  await database.query(`kill ${await waitForScan(database)}`);
  const failed = await run;
  await unlock();
  expectOneLineFailure(failed, /nothing was alerted: .*closed the connection; its log says why/);
});

test('a syslog receiver that never acknowledges does not hold the run past its timeout, and the leak stays due', async ({
  database,
}) => {
  const receiver = await startReceiver(neverAcknowledge);
  const failed = await runOn(database, ['--timeout', '3s', '--syslog', receiver.patientUrl]);
  await receiver.stop();
  expect(failed.code).toBe(1);
  expect(linesOf(failed.stderr)).toEqual([
    expect.stringMatching(/no acknowledgement within 2(\.\d)? s.*; 1 alert still due/),
  ]);
  await waitFor('the next run has sent it', async () => {
    const next = await runOn(database);
    return next.code === 0 && /\bnew\b/.test(next.stdout);
  });
});

test('a timeout does not keep a finished run from ending', async ({ database }) => {
  expect((await runOn(database, ['--timeout', '1h'])).code).toBe(0);
});
