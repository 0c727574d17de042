import { expect } from 'vitest';
import { insertEvents, MB, POLICY } from '../support/builders/events.ts';
import { parseReport } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { test as base } from '../support/fixtures.ts';
import { parseAlert } from '../support/receivers/parse-alert.ts';
import { recordsFromNow } from '../support/receivers/rsyslog-records.ts';

const test = base
  .extend('now', ({ database }) => database.now())
  /** Destination and status of each leak after another run, how many alerts it sent, and its stderr. */
  .extend('summaryOf', ({ database, rsyslog }) => async (...args: string[]) => {
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

test('group-bys of one rule do not disturb each other', async ({ summaryOf }) => {
  const bySource = ['--group-by', 'source'];
  const byDestination = ['--group-by', 'destination'];
  expect(await summaryOf()).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  expect(await summaryOf(...bySource)).toMatchObject({ leaks: [[null, 'new']], sent: 1 });
  expect(await summaryOf(...byDestination)).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  for (const [args, destination] of [
    [[], '203.0.113.1'],
    [bySource, null],
    [byDestination, '203.0.113.1'],
    [[], '203.0.113.1'],
  ] as const) {
    expect(await summaryOf(...args)).toMatchObject({ leaks: [[destination, 'known']], sent: 0, stderr: '' });
  }
  expect(await summaryOf('--group-by', 'destination,source'), 'the order says nothing').toMatchObject({
    leaks: [['203.0.113.1', 'known']],
    sent: 0,
  });
});

test('another rule alerts on its own', async ({ summaryOf }) => {
  expect(await summaryOf()).toMatchObject({ sent: 1 });
  expect(await summaryOf('--rule', 'night')).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1, stderr: '' });
  expect(await summaryOf('--rule', 'night')).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
  expect(await summaryOf('--rule', 'Night'), 'case counts').toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 1 });
  expect(await summaryOf()).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
});

test('a lower threshold alerts what it newly finds and nothing else, and says that settings changed', async ({
  summaryOf,
}) => {
  expect(await summaryOf()).toMatchObject({ sent: 1, stderr: '' });
  const lowered = await summaryOf('--threshold', '30MB');
  expect(lowered).toMatchObject({
    leaks: [
      ['203.0.113.1', 'known'],
      ['203.0.113.2', 'new'],
    ],
    sent: 1,
  });
  expect(lowered.stderr).toMatch(/^leaktally: [^\n]*data-leak[^\n]*threshold[^\n]*\n$/);
  expect(await summaryOf('--threshold', '30MB'), 'said once').toMatchObject({ sent: 0, stderr: '' });
});

test('a longer window alone is no news, even when old bytes double the total', async ({ database, now, summaryOf }) => {
  await insertEvents(database, [{ epoch: now - 90_000, destination: '203.0.113.1', bytes: 500 * MB }]);
  expect(await summaryOf()).toMatchObject({ sent: 1, stderr: '' });
  const longer = await summaryOf('--window', '2d');
  expect(longer).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
  expect(longer.stderr).toMatch(/^leaktally: [^\n]*window[^\n]*\n$/);
});

test('another policy is mentioned too, the same policies in another order are not', async ({
  database,
  now,
  summaryOf,
}) => {
  await insertEvents(database, [{ epoch: now, policy: 'Other', bytes: 1 }]);
  const two = ['--policy', POLICY, '--policy', 'Other'];
  await summaryOf();
  expect((await summaryOf(...two)).stderr).toMatch(/^leaktally: [^\n]*Other[^\n]*\n$/);
  expect((await summaryOf('--policy', 'Other', '--policy', POLICY)).stderr).toBe('');
});

test('what-if questions under --dry-run or another rule are not mentioned and change nothing', async ({
  summaryOf,
}) => {
  await summaryOf();
  expect(await summaryOf('--dry-run', '--threshold', '30MB', '--window', '2d')).toMatchObject({
    leaks: [
      ['203.0.113.1', 'known'],
      ['203.0.113.2', 'new'],
    ],
    sent: 0,
    stderr: '',
  });
  expect(await summaryOf('--rule', 'what if', '--threshold', '30MB', '--no-syslog')).toMatchObject({
    sent: 0,
    stderr: '',
  });
  expect(await summaryOf()).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0, stderr: '' });
});

test('--no-syslog sends nothing and remembers: the report was the alert', async ({ summaryOf }) => {
  expect(await summaryOf('--no-syslog')).toMatchObject({ leaks: [['203.0.113.1', 'new']], sent: 0 });
  expect(await summaryOf()).toMatchObject({ leaks: [['203.0.113.1', 'known']], sent: 0 });
});
