import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB, POLICY, serverNow } from '../support/builders/events.ts';
import { type JsonReport, runOn } from '../support/command/report.ts';
import { readAlert } from '../support/receivers/alert.ts';
import { recordsUntilNow } from '../support/receivers/records.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

let database: TestDatabase;
let rsyslog: RsyslogServer;
let now: number;
beforeAll(async () => {
  rsyslog = await startRsyslog();
});
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  now = await serverNow(database.connection);
  await insertEvents(database.connection, [
    { epoch: now - 300, destination: '203.0.113.1', bytes: 120 * MB },
    { epoch: now - 300, destination: '203.0.113.2', bytes: 40 * MB },
  ]);
  return () => database.drop();
});
afterAll(() => rsyslog.stop());

/** Group and status of each leak, what was received meanwhile, and what was said on stderr. */
async function run(...args: string[]) {
  const before = (await recordsUntilNow(rsyslog)).length;
  const target = `tcp://127.0.0.1:${rsyslog.port}`;
  const { code, stdout, stderr } = await runOn(database, ['--syslog', target, '--format', 'json', ...args]);
  expect(code).toBe(0);
  const { leaks } = JSON.parse(stdout) as JsonReport;
  const received = (await recordsUntilNow(rsyslog)).slice(before).map(readAlert);
  return { leaks: leaks.map(({ destination, status }) => [destination, status]), sent: received.length, stderr };
}

test('group-bys of one rule do not disturb each other', async () => {
  const bySource = ['--group-by', 'source'];
  const byDestination = ['--group-by', 'destination'];
  expect(await run()).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  expect(await run(...bySource)).toMatchObject({ leaks: [[null, 'new']], sent: 1 });
  expect(await run(...byDestination)).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  for (const args of [[], bySource, byDestination, []]) {
    expect(await run(...args)).toMatchObject({ leaks: [[expect.toSatisfy(() => true), 'known']], sent: 0, stderr: '' });
  }
  expect(await run('--group-by', 'destination,source'), 'the order says nothing').toMatchObject({
    leaks: [['203.0.113.1', 'known']],
    sent: 0,
  });
});

test('another rule alerts on its own', async () => {
  expect(await run()).toMatchObject({ sent: 1 });
  expect(await run('--rule', 'night')).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1, stderr: '' });
  expect(await run('--rule', 'night')).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
  expect(await run('--rule', 'Night'), 'case counts').toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  expect(await run()).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
});

test('a lower threshold alerts what it newly finds and nothing else, and says that settings changed', async () => {
  expect(await run()).toMatchObject({ sent: 1, stderr: '' });
  const lowered = await run('--threshold', '30MB');
  expect(lowered).toMatchObject({
    leaks: [
      ['203.0.113.1', 'known'],
      ['203.0.113.2', 'new'],
    ],
    sent: 1,
  });
  expect(lowered.stderr).toMatch(/^leaktally: [^\n]*data-leak[^\n]*threshold[^\n]*\n$/);
  expect(await run('--threshold', '30MB'), 'said once').toMatchObject({ sent: 0, stderr: '' });
});

test('a longer window alone is no news, even when old bytes double the total', async () => {
  await insertEvents(database.connection, [{ epoch: now - 90_000, destination: '203.0.113.1', bytes: 500 * MB }]);
  expect(await run()).toMatchObject({ sent: 1, stderr: '' });
  const longer = await run('--window', '2d');
  expect(longer).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
  expect(longer.stderr).toMatch(/^leaktally: [^\n]*window[^\n]*\n$/);
});

test('another policy is said as well, and the same ones in another order are not', async () => {
  await insertEvents(database.connection, [{ epoch: now, policy: 'Other', bytes: 1 }]);
  const two = ['--policy', POLICY, 'Other'];
  await run();
  expect((await run(...two)).stderr).toMatch(/^leaktally: [^\n]*Other[^\n]*\n$/);
  expect((await run('--policy', 'Other', POLICY)).stderr).toBe('');
});

test('what-if questions under --dry-run or another rule are not mentioned and change nothing', async () => {
  await run();
  expect(await run('--dry-run', '--threshold', '30MB', '--window', '2d')).toMatchObject({
    leaks: [
      ['203.0.113.1', 'known'],
      ['203.0.113.2', 'new'],
    ],
    sent: 0,
    stderr: '',
  });
  expect(await run('--rule', 'what if', '--threshold', '30MB', '--no-syslog')).toMatchObject({ sent: 0, stderr: '' });
  expect(await run()).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0, stderr: '' });
});

test('--no-syslog sends nothing and remembers: the report was the alert', async () => {
  expect(await run('--no-syslog')).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 0 });
  expect(await run()).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
});
