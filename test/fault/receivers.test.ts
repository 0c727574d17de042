import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { type CommandResult, leaktally } from '../support/command/command.ts';
import { insertLeaks, lines, parseAlert, pendingAlertIds } from '../support/receivers/alerts.ts';
import { type Connection, startReceiver } from '../support/receivers/receiver.ts';
import { startStoppedListener } from '../support/receivers/stopped-listener.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { freePort } from '../support/servers/process.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
});
afterEach(() => database.drop());

const run = (syslog: string, ...more: string[]): Promise<CommandResult> =>
  leaktally(['--database', database.url, '--syslog', syslog, ...more], { env: database.env });

/** The promise for every receiver that fails: exit 1, one line, and the leak is sent later under the same id. */
async function expectStillDue(failed: CommandResult): Promise<void> {
  expect(failed.code).toBe(1);
  expect(lines(failed.stderr)).toEqual([expect.stringMatching(/^leaktally: syslog .*1 alert still due/)]);
  const due = await pendingAlertIds(database.connection);
  expect(due).toHaveLength(1);
  const healthy = await startReceiver();
  const second = await run(healthy.url);
  const third = await run(healthy.url);
  await healthy.stop();
  expect([second.code, third.code]).toEqual([0, 0]);
  expect(healthy.records().map((record) => parseAlert(record).id)).toEqual(due);
}

test('nobody listens', async () => {
  await insertLeaks(database.connection, 1);
  await expectStillDue(await run(`tcp://127.0.0.1:${await freePort()}?timeout=2s`));
});

test.each<[string, (connection: Connection) => unknown]>([
  ['resets the connection when it opens', ({ socket }) => socket.resetAndDestroy()],
  ['resets the connection after the record', ({ socket, read }) => read().then(() => socket.resetAndDestroy())],
  ['accepts and never reads', () => undefined],
  ['reads and never closes', ({ read }) => read()],
])('the receiver %s', async (_, treat) => {
  await insertLeaks(database.connection, 1);
  const receiver = await startReceiver(treat);
  const failed = await run(receiver.url);
  await receiver.stop();
  await expectStillDue(failed);
});

test('a receiver that accepts and closes at once has acknowledged nothing', async () => {
  await insertLeaks(database.connection, 1);
  const receiver = await startReceiver(({ socket }) => socket.destroy());
  // Its end of file comes before or after the record is written, so one attempt proves nothing; each is a rule's first.
  const codes: (number | null)[] = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    codes.push((await run(receiver.url, '--rule', `attempt-${attempt}`)).code);
  }
  await receiver.stop();
  expect(codes).toEqual(codes.map(() => 1));
  expect(await pendingAlertIds(database.connection)).toHaveLength(codes.length);
});

test('the backlog of a stopped receiver is full', async () => {
  await insertLeaks(database.connection, 1);
  const listener = await startStoppedListener();
  const failed = await run(`tcp://127.0.0.1:${listener.port}?timeout=2s`);
  await listener.stop();
  await expectStillDue(failed);
});

test.each<[string, (connection: Connection) => unknown]>([
  ['resets every connection', ({ socket }) => socket.resetAndDestroy()],
  ['never answers', () => undefined],
])('a receiver that %s is not tried once a leak', async (_, treat) => {
  await insertLeaks(database.connection, 50);
  const receiver = await startReceiver(treat);
  const { code, stderr } = await run(receiver.url);
  await receiver.stop();
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringContaining('50 alerts still due')]);
  expect(receiver.connections()).toBeGreaterThan(0);
  expect(receiver.connections()).toBeLessThanOrEqual(10);
});
