import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB, serverNow } from '../support/builders/events.ts';
import { type CommandResult, emptyFolder } from '../support/command/command.ts';
import { runOn } from '../support/command/report.ts';
import { recordsUntilNow } from '../support/receivers/records.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { waitFor } from '../support/servers/process.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

const OTHER_RUN = /^leaktally: [^\n]*another run[^\n]*\n$/;

let database: TestDatabase;
let rsyslog: RsyslogServer;
let syslog: string[];
beforeAll(async () => {
  rsyslog = await startRsyslog();
  syslog = ['--syslog', `tcp://127.0.0.1:${rsyslog.port}`];
});
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  const now = await serverNow(database.connection);
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  return () => database.drop();
});
afterAll(() => rsyslog.stop());

const KEPT_IN = ['the database', 'a file'] as const;

function stateIn(place: (typeof KEPT_IN)[number]): string[] {
  return place === 'a file' ? [...syslog, '--state', `sqlite:${join(emptyFolder(), 'state.db')}`] : syslog;
}

/** Starts a run that has got as far as to read the events, and does not get further before the tables are unlocked. */
async function startHeldRun(args: string[]): Promise<{ pid: number; result: Promise<CommandResult> }> {
  await database.connection.query('lock tables alm_bulletin_board_data write');
  let pid = 0;
  const result = runOn(database, args, {
    onStart: (started) => {
      pid = started;
    },
  });
  await waitFor('the run waits for the events', async () => {
    const [rows] = await database.connection.query<RowDataPacket[]>(
      `select 1 from information_schema.processlist where db = ? and state like 'Waiting for table%'`,
      [database.name],
    );
    return rows.length > 0;
  });
  return { pid, result };
}

test.each(KEPT_IN)('with state in %s, of two runs one does the work and the other says so', async (place) => {
  const args = stateIn(place);
  const before = (await recordsUntilNow(rsyslog)).length;
  const held = await startHeldRun(args);
  try {
    const second = await runOn(database, args);
    expect(second).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(OTHER_RUN) });
    const withExitCode = await runOn(database, [...args, '--exit-code', '9', '--quiet']);
    expect(withExitCode).toMatchObject({ code: 0, stdout: '' });
  } finally {
    await database.connection.query('unlock tables');
  }
  expect(await held.result).toMatchObject({ code: 0, stderr: '' });
  expect((await recordsUntilNow(rsyslog)).length - before).toBe(1);
});

test.each(KEPT_IN)('with state in %s, the lock of a killed run is free again', async (place) => {
  const args = stateIn(place);
  const held = await startHeldRun(args);
  process.kill(held.pid, 'SIGKILL');
  expect((await held.result).signal).toBe('SIGKILL');
  await database.connection.query('unlock tables');
  let next = await runOn(database, args);
  // The server may need a moment to see that the holder is gone.
  while (OTHER_RUN.test(next.stderr)) next = await runOn(database, args);
  expect(next).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('new') });
});

test('a dry run neither takes the lock nor waits for it, and another rule has another one', async () => {
  const held = await startHeldRun(syslog);
  const others = [runOn(database, ['--dry-run']), runOn(database, [...syslog, '--rule', 'other'])];
  await database.connection.query('unlock tables');
  for (const result of await Promise.all([held.result, ...others])) {
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('10.1.1.5') });
  }
});

test('five runs started together alert once', async () => {
  const before = (await recordsUntilNow(rsyslog)).length;
  const results = await Promise.all(Array.from({ length: 5 }, () => runOn(database, syslog)));
  for (const { code, stderr } of results) {
    expect(code).toBe(0);
    if (stderr !== '') expect(stderr).toMatch(OTHER_RUN);
  }
  expect((await recordsUntilNow(rsyslog)).length - before).toBe(1);
});
