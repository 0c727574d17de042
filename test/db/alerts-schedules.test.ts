import { expect } from 'vitest';
import { insertEvents, MB, POLICY } from '../support/builders/events.ts';
import { parseReport } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { test as base } from '../support/fixtures.ts';
import { parseAlert } from '../support/receivers/parse-alert.ts';
import { recordsFromNow } from '../support/receivers/rsyslog-records.ts';

const test = base
  .extend('now', ({ database }) => database.now())
  /** Group and status of each leak, how many alerts were received meanwhile, and what was said on stderr. */
  .extend('run', ({ database, rsyslog }) => async (...args: string[]) => {
    const newRecords = await recordsFromNow(rsyslog);
    const result = await runOn(database, ['--syslog', rsyslog.tcpUrl, '--format', 'json', ...args]);
    expect(result.code).toBe(0);
    const sent = (await newRecords()).map(parseAlert).length;
    const leaks = parseReport(result).leaks.map(({ destination, status }) => [destination, status]);
    return { leaks, sent, stderr: result.stderr };
  });
test.beforeEach(async ({ database, now }) => {
  await insertEvents(database, [
    { epoch: now - 300, destination: '203.0.113.1', bytes: 120 * MB },
    { epoch: now - 300, destination: '203.0.113.2', bytes: 40 * MB },
  ]);
});

test('group-bys of one rule do not disturb each other', async ({ run }) => {
  const bySource = ['--group-by', 'source'];
  const byDestination = ['--group-by', 'destination'];
  expect(await run()).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  expect(await run(...bySource)).toMatchObject({ leaks: [[null, 'new']], sent: 1 });
  expect(await run(...byDestination)).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  for (const [args, destination] of [
    [[], '203.0.113.1'],
    [bySource, null],
    [byDestination, '203.0.113.1'],
    [[], '203.0.113.1'],
  ] as const) {
    expect(await run(...args)).toMatchObject({ leaks: [[destination, 'known']], sent: 0, stderr: '' });
  }
  expect(await run('--group-by', 'destination,source'), 'the order says nothing').toMatchObject({
    leaks: [['203.0.113.1', 'known']],
    sent: 0,
  });
});

test('another rule alerts on its own', async ({ run }) => {
  expect(await run()).toMatchObject({ sent: 1 });
  expect(await run('--rule', 'night')).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1, stderr: '' });
  expect(await run('--rule', 'night')).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
  expect(await run('--rule', 'Night'), 'case counts').toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  expect(await run()).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
});

test('a lower threshold alerts what it newly finds and nothing else, and says that settings changed', async ({
  run,
}) => {
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

test('a longer window alone is no news, even when old bytes double the total', async ({ database, now, run }) => {
  await insertEvents(database, [{ epoch: now - 90_000, destination: '203.0.113.1', bytes: 500 * MB }]);
  expect(await run()).toMatchObject({ sent: 1, stderr: '' });
  const longer = await run('--window', '2d');
  expect(longer).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
  expect(longer.stderr).toMatch(/^leaktally: [^\n]*window[^\n]*\n$/);
});

test('another policy is said as well, and the same ones in another order are not', async ({ database, now, run }) => {
  await insertEvents(database, [{ epoch: now, policy: 'Other', bytes: 1 }]);
  const two = ['--policy', POLICY, 'Other'];
  await run();
  expect((await run(...two)).stderr).toMatch(/^leaktally: [^\n]*Other[^\n]*\n$/);
  expect((await run('--policy', 'Other', POLICY)).stderr).toBe('');
});

test('what-if questions under --dry-run or another rule are not mentioned and change nothing', async ({ run }) => {
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

test('--no-syslog sends nothing and remembers: the report was the alert', async ({ run }) => {
  expect(await run('--no-syslog')).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 0 });
  expect(await run()).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
});
