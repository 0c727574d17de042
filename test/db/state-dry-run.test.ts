import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB, serverNow } from '../support/builders/events.ts';
import { emptyFolder } from '../support/command/command.ts';
import { reportOf } from '../support/command/report.ts';
import { recordsUntilNow } from '../support/receivers/records.ts';
import { dump } from '../support/servers/dump.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

let database: TestDatabase;
let rsyslog: RsyslogServer;
let now: number;
let syslog: string[];
beforeAll(async () => {
  rsyslog = await startRsyslog();
  syslog = ['--syslog', `udp://127.0.0.1:${rsyslog.port}`];
});
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  now = await serverNow(database.connection);
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  return () => database.drop();
});
afterAll(() => rsyslog.stop());

async function expectNoTrace(look: () => Promise<void>): Promise<void> {
  const before = await dump(database.connection, database.name);
  const received = await recordsUntilNow(rsyslog);
  await look();
  expect(await dump(database.connection, database.name)).toEqual(before);
  expect(await recordsUntilNow(rsyslog)).toEqual(received);
}

const LOOKS = [['--dry-run'], ['--as-of', 'now'], ['--dry-run', '--threshold', '1', '--group-by', 'source', '--quiet']];

test.each(LOOKS)('%s %s before the first run leaves no trace, not even a table', async (...args) => {
  await expectNoTrace(async () => {
    const report = await reportOf(database, [...syslog, ...args.map((arg) => arg.replace('now', `${now}`))]);
    expect(report).toMatchObject({ dryRun: true, leaks: [{ status: 'new', alert: 'would-send' }] });
  });
});

test('between two runs it sees what they know and leaves no trace', async () => {
  expect((await reportOf(database, syslog)).leaks).toMatchObject([{ status: 'new', alert: 'sent' }]);
  await expectNoTrace(async () => {
    expect((await reportOf(database, [...syslog, '--dry-run'])).leaks).toMatchObject([
      { status: 'known', alert: 'none' },
    ]);
  });
  await insertEvents(database.connection, [{ epoch: now - 100, bytes: 880 * MB }]);
  await expectNoTrace(async () => {
    expect((await reportOf(database, [...syslog, '--dry-run'])).leaks).toMatchObject([
      { status: 'grown', alert: 'would-send' },
    ]);
    expect((await reportOf(database, [...syslog, '--as-of', `${now + 200_000}`])).leaks).toEqual([]);
  });
  expect((await reportOf(database, syslog)).leaks).toMatchObject([{ status: 'grown', alert: 'sent' }]);
});

test('a state file that does not exist is not created', async () => {
  const file = join(emptyFolder(), 'state.db');
  await expectNoTrace(async () => {
    const { leaks } = await reportOf(database, [...syslog, '--dry-run', '--state', `sqlite:${file}`]);
    expect(leaks).toMatchObject([{ status: 'new', alert: 'would-send' }]);
  });
  expect(existsSync(file)).toBe(false);
});

test('with nowhere to send to, nothing would be sent', async () => {
  const { leaks } = await reportOf(database, ['--dry-run', '--no-syslog']);
  expect(leaks).toMatchObject([{ status: 'new', alert: 'none' }]);
});

test('--as-of looks at the past as it was', async () => {
  await insertEvents(database.connection, [{ epoch: now - 200_000, source: '10.0.0.9', bytes: 300 * MB }]);
  await expectNoTrace(async () => {
    const report = await reportOf(database, [...syslog, '--as-of', `${now - 199_000}`]);
    expect(report).toMatchObject({
      dryRun: true,
      asOf: now - 199_000,
      leaks: [{ source: '10.0.0.9', status: 'new', alert: 'would-send' }],
    });
  });
});
