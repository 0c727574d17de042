import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { insertEvents, insertLeak, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { test as base } from '../support/fixtures.ts';
import { newStateFile } from '../support/folders.ts';
import { recordsUntilNow } from '../support/receivers/rsyslog-records.ts';
import { dump } from '../support/servers/dump.ts';
import { freePort } from '../support/servers/process.ts';

const test = base
  .extend('now', ({ database }) => database.now())
  .extend('syslog', ({ rsyslog }) => ['--syslog', rsyslog.udpUrl])
  .extend('expectNoTrace', ({ database, rsyslog }) => async (look: () => Promise<void>) => {
    const before = await dump(database);
    const received = await recordsUntilNow(rsyslog);
    await look();
    expect(await dump(database)).toEqual(before);
    expect(await recordsUntilNow(rsyslog)).toEqual(received);
  });
test.beforeEach(({ database }) => insertLeak(database));

const LOOKS = [['--dry-run'], ['--as-of', 'now'], ['--dry-run', '--threshold', '1', '--group-by', 'source', '--quiet']];

test.for(LOOKS)(
  '%s %s before the first run leaves no trace, not even a table',
  async (args, { database, now, syslog, expectNoTrace }) => {
    await expectNoTrace(async () => {
      const report = await reportOf(database, [...syslog, ...args.map((arg) => arg.replace('now', `${now}`))]);
      expect(report).toMatchObject({ dryRun: true, leaks: [{ status: 'new', alert: 'would-send' }] });
    });
  },
);

test('between two runs, a dry run knows what they know and leaves no trace', async ({
  database,
  now,
  syslog,
  expectNoTrace,
}) => {
  expect((await reportOf(database, syslog)).leaks).toMatchObject([{ status: 'new', alert: 'sent' }]);
  await expectNoTrace(async () => {
    expect((await reportOf(database, [...syslog, '--dry-run'])).leaks).toMatchObject([
      { status: 'known', alert: 'none' },
    ]);
  });
  await insertEvents(database, [{ epoch: now - 100, bytes: 880 * MB }]);
  await expectNoTrace(async () => {
    expect((await reportOf(database, [...syslog, '--dry-run'])).leaks).toMatchObject([
      { status: 'grown', alert: 'would-send' },
    ]);
    expect((await reportOf(database, [...syslog, '--as-of', `${now - 200_000}`])).leaks).toEqual([]);
  });
  expect((await reportOf(database, syslog)).leaks).toMatchObject([{ status: 'grown', alert: 'sent' }]);
});

test('a state file that does not exist is not created', async ({ database, syslog, expectNoTrace }) => {
  const file = newStateFile();
  await expectNoTrace(async () => {
    const { leaks } = await reportOf(database, [...syslog, '--dry-run', '--state', `sqlite:${file}`]);
    expect(leaks).toMatchObject([{ status: 'new', alert: 'would-send' }]);
  });
  expect(existsSync(file)).toBe(false);
});

test('with nowhere to send to, nothing would be sent', async ({ database }) => {
  const { leaks } = await reportOf(database, ['--dry-run', '--no-syslog']);
  expect(leaks).toMatchObject([{ status: 'new', alert: 'none' }]);
});

test('--as-of does not show alerts that became due later', async ({ database, now }) => {
  const syslog = ['--syslog', `tcp://127.0.0.1:${await freePort()}`];
  expect((await runOn(database, syslog)).code).toBe(1);
  expect((await reportOf(database, [...syslog, '--dry-run'])).leaks).toMatchObject([{ alert: 'would-send' }]);
  expect((await reportOf(database, [...syslog, '--as-of', `${now - 200_000}`])).leaks).toEqual([]);
});

test('--as-of looks at the past as it was', async ({ database, now, syslog, expectNoTrace }) => {
  await insertEvents(database, [{ epoch: now - 200_000, source: '10.0.0.9', bytes: 300 * MB }]);
  await expectNoTrace(async () => {
    const report = await reportOf(database, [...syslog, '--as-of', `${now - 199_000}`]);
    expect(report).toMatchObject({
      dryRun: true,
      asOf: now - 199_000,
      leaks: [{ source: '10.0.0.9', status: 'new', alert: 'would-send' }],
    });
  });
});
