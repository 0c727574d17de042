import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import type { CommandResult } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';
import { alertIds } from '../support/receivers/parse-alert.ts';
import { startReceiver, type Treatment } from '../support/receivers/receiver.ts';
import { startStoppedListener } from '../support/receivers/stopped-listener.ts';
import { freePort } from '../support/servers/process.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

const test = base
  /** What holds for every broken receiver: exit code 1, one line, and the alert is sent later under the same id. */
  .extend('expectStillDue', ({ database, receiver, runTo }) => async (failed: CommandResult) => {
    expect(failed.code).toBe(1);
    expect(linesOf(failed.stderr)).toEqual([expect.stringMatching(/^leaktally: syslog .*1 alert still due/)]);
    const due = await dueAlertIds(database);
    expect(due).toHaveLength(1);
    const [second, third] = [await runTo(receiver.url), await runTo(receiver.url)];
    expect([second.code, third.code]).toEqual([0, 0]);
    expect(alertIds(receiver.records())).toEqual(due);
  });

test('nobody listens', async ({ database, runTo, expectStillDue }) => {
  await insertLeaks(database, 1);
  await expectStillDue(await runTo(`tcp://127.0.0.1:${await freePort()}?timeout=2s`));
});

test.for<[string, Treatment]>([
  ['resets the connection when it opens', ({ socket }) => socket.resetAndDestroy()],
  ['resets the connection after the record', ({ socket, read }) => read().then(() => socket.resetAndDestroy())],
  ['accepts and never reads', () => undefined],
  ['reads and never closes', ({ read }) => read()],
])('the receiver %s', async ([, treat], { database, runTo, expectStillDue }) => {
  await insertLeaks(database, 1);
  const broken = await startReceiver(treat);
  const failed = await runTo(broken.url);
  await broken.stop();
  await expectStillDue(failed);
});

test('a receiver that accepts and closes at once has acknowledged nothing', async ({ database, runTo }) => {
  await insertLeaks(database, 1);
  const broken = await startReceiver(({ socket }) => socket.destroy());
  // Its end of file may come before or after the record is written, so one attempt proves nothing. A new rule each time.
  const codes: (number | null)[] = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    codes.push((await runTo(broken.url, '--rule', `attempt-${attempt}`)).code);
  }
  await broken.stop();
  expect(codes).toEqual(codes.map(() => 1));
  expect(await dueAlertIds(database)).toHaveLength(codes.length);
});

test('the backlog of a stopped receiver is full', async ({ database, runTo, expectStillDue }) => {
  await insertLeaks(database, 1);
  const listener = await startStoppedListener();
  const failed = await runTo(`tcp://127.0.0.1:${listener.port}?timeout=2s`);
  await listener.stop();
  await expectStillDue(failed);
});

test.for<[string, Treatment]>([
  ['resets every connection', ({ socket }) => socket.resetAndDestroy()],
  ['never answers', () => undefined],
])('a receiver that %s is not tried once per leak', async ([, treat], { database, runTo }) => {
  await insertLeaks(database, 50);
  const broken = await startReceiver(treat);
  const { code, stderr } = await runTo(broken.url);
  await broken.stop();
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('50 alerts still due')]);
  expect(broken.connections()).toBeGreaterThan(0);
  expect(broken.connections()).toBeLessThanOrEqual(10);
});
