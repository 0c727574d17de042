import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CommandResult, leaktally } from '../support/command/command.ts';
import { insertLeaks, lines, parseAlert, pendingAlertIds } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type MariadbServer, startMariadb, type TestDatabase } from '../support/servers/mariadb.ts';
import { waitFor } from '../support/servers/process.ts';
import { startRsyslog } from '../support/servers/rsyslog.ts';

const TIMEOUT_SECONDS = 5;
/** A run that ends later than this did not end by its timeout, however slow the machine is to start a process. */
const LATE_SECONDS = 10;

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server.stop());

let database: TestDatabase;
let receiver: Receiver;
beforeEach(async () => {
  database = await createTestDatabase(server);
  receiver = await startReceiver();
  await insertLeaks(database.connection, 1);
});
afterEach(async () => {
  await receiver.stop();
  await database.drop();
});

async function run(syslog: string, more: readonly string[] = []): Promise<CommandResult & { seconds: number }> {
  const started = performance.now();
  const args = ['--database', database.url, '--timeout', `${TIMEOUT_SECONDS}s`, '--syslog', syslog, ...more];
  const result = await leaktally(args, { env: database.env });
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

function expectGaveUp({ code, stderr, seconds }: CommandResult & { seconds: number }): void {
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringMatching(/^leaktally: did not finish within 5s/)]);
  expect(seconds).toBeLessThan(LATE_SECONDS);
}

/** The next run comes minutes later; here it is tried until the server has noticed that the last one is gone. */
async function untilNextRun(): Promise<void> {
  await waitFor('the next run finds the lock free', async () => {
    const { code, stderr } = await run(receiver.url);
    expect(code).toBe(0);
    return !stderr.includes('under way');
  });
}

test('mariadbd is frozen before the run', async () => {
  process.kill(server.pid, 'SIGSTOP');
  const hung = await run(receiver.url).finally(() => process.kill(server.pid, 'SIGCONT'));
  expectGaveUp(hung);
  await untilNextRun();
  expect(receiver.records()).toHaveLength(1);
});

test('mariadbd is frozen during the scan', async () => {
  const { connection } = database;
  // Makes the scan wait, so that there is time to freeze the server amid it.
  await connection.query('lock tables alm_bulletin_board_data write');
  const running = run(receiver.url);
  await waitFor('the scan waits', async () => {
    const [rows] = await connection.query(`show processlist`);
    return (rows as { State: string | null }[]).some(({ State }) => State === 'Waiting for table metadata lock');
  });
  process.kill(server.pid, 'SIGSTOP');
  const hung = await running.finally(() => process.kill(server.pid, 'SIGCONT'));
  await connection.query('unlock tables');
  expectGaveUp(hung);
  await untilNextRun();
  expect(receiver.records()).toHaveLength(1);
});

test('mariadbd is frozen between the sending and the recording of an alert', async () => {
  const freezing = await startReceiver(({ accept }) => {
    process.kill(server.pid, 'SIGSTOP');
    return accept();
  });
  const hung = await run(freezing.url);
  // In this order, so that a late connection does not freeze the server again.
  await freezing.stop();
  process.kill(server.pid, 'SIGCONT');
  expectGaveUp(hung);
  await untilNextRun();
  // The server may have got what records it before it froze or after: repeated or not, it is the same alert.
  expect(freezing.records()).toHaveLength(1);
  const ids = [...freezing.records(), ...receiver.records()].map((record) => parseAlert(record).id);
  expect(new Set(ids).size).toBe(1);
});

test('rsyslogd is frozen: the run ends by its timeout, the next one sends under the same id', async () => {
  const rsyslog = await startRsyslog();
  process.kill(rsyslog.pid, 'SIGSTOP');
  const hung = await run(`tcp://127.0.0.1:${rsyslog.port}?timeout=1m`);
  await rsyslog.stop();
  expectGaveUp(hung);
  const due = await pendingAlertIds(database.connection);
  await untilNextRun();
  expect(receiver.records()).toHaveLength(1);
  expect(receiver.records().map((record) => parseAlert(record).id)).toEqual(due);
});

test('another program locks the state file: the run ends by its timeout and sends nothing', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'leaktally-hang-')), 'state.db');
  const state = ['--state', `sqlite:${file}`];
  expect((await run('none', [...state, '--rule', 'another'])).code).toBe(0);
  const other = new Libsql(file);
  other.exec('begin exclusive');
  const hung = await run(receiver.url, state);
  other.exec('rollback');
  other.close();
  const next = await run(receiver.url, state);
  expect([hung.code, next.code]).toEqual([1, 0]);
  expect(lines(hung.stderr)).toHaveLength(1);
  expect(hung.seconds).toBeLessThan(LATE_SECONDS);
  expect(receiver.records()).toHaveLength(1);
});
