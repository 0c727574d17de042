import { expect } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { checksOf } from '../../support/command/check-report.ts';
import { runOn, startOn } from '../../support/command/leaktally.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';
import { NOBODY_LISTENS, neverAcknowledge, startReceiver } from '../../support/receivers/receiver.ts';
import type { TestDatabase } from '../../support/servers/database.ts';

/** Moves the last completed run to so many seconds from now. */
async function moveLastRun(database: TestDatabase, seconds: number): Promise<void> {
  await database.query('update leaktally_state_runs set evaluated_until = ?', [(await database.now()) + seconds]);
}

const HOLDERS = {
  mariadb: [/^held by session \d+ of root from \S+/, /^kill \d+;$/m],
  postgres: [/^held by session \d+ of postgres from 127\.0\.0\.1/, /^select pg_terminate_backend\(\d+\);$/m],
  sqlite: [/^held by process \d+/, /^kill \d+$/m],
} as const;

onEveryDatabase((test, kind) => {
  test.beforeEach(({ database }) => insertLeak(database));

  test('before the first run, the tables may be created, and the check creates none', async ({ database }) => {
    // Twice, since what the first one left would be there for the second one.
    for (const _ of ['first', 'second']) {
      const points = await checksOf(database);
      expect(points['state.connection']).toMatchObject({
        status: 'ok',
        detail: expect.stringContaining('second conn'),
      });
      expect(points['state.tables']).toMatchObject({ status: 'ok', detail: expect.stringContaining('not there yet') });
      expect(points['state.write']?.status).toBe('ok');
      expect(points['state.lock']).toMatchObject({ status: 'ok', detail: 'free' });
      expect(points['state.runs']).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^no run of rule/) });
      expect(points['state.settings']).toMatchObject({ status: 'ok', detail: 'not used before' });
    }
  });

  test('after a run, what it remembers is shown, and settings that differ from its own are warned of', async ({
    database,
    run,
    receiver,
  }) => {
    expect((await run()).code).toBe(0);
    const points = await checksOf(database, ['--syslog', receiver.url]);
    expect(points['state.tables']).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/leaktally_state_runs$/),
    });
    expect(points['state.runs']).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^the last one completed \d+ (s|min) ago .*; 1 open episode, 0 alerts due$/),
    });
    expect(points['state.settings']?.status).toBe('ok');
    const other = await checksOf(database, ['--window', '2h', '--policy', 'Another']);
    expect(other['state.settings']).toMatchObject({
      status: 'warn',
      detail: 'not those of the last run: window 24h to 2h, policies "Exceeded 5 MB in 5" to "Another"',
    });
    // One test record, and no other alert.
    expect(receiver.records()).toHaveLength(2);
  });

  test('runs that no longer come, and alerts that are due, are warned of', async ({ database }) => {
    await runOn(database, ['--syslog', NOBODY_LISTENS]);
    const { 'state.runs': due } = await checksOf(database);
    expect(due).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/1 open episode, 1 alert due$/),
      advice: expect.stringContaining('syslog.test'),
    });
    await moveLastRun(database, -3 * 3600);
    expect((await checksOf(database))['state.runs']).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('completed 3 h ago'),
      advice: expect.stringMatching(/^is it scheduled\?.*\n.*due/),
    });
  });

  test('a run in the future is warned of, and fails when it stops all others', async ({ database }) => {
    await runOn(database);
    for (const [ahead, status] of [
      [600, 'warn'],
      [3600, 'fail'],
      [3 * 86_400, 'warn'],
    ] as const) {
      await moveLastRun(database, ahead);
      expect((await checksOf(database))['state.runs']).toMatchObject({
        status,
        detail: expect.stringContaining('from now'),
      });
    }
  });

  test('a row that cannot be read fails, with the statement that deletes it', async ({ database }) => {
    await runOn(database);
    await database.query("update leaktally_state_runs set policies = 'no list'");
    const { 'state.runs': point } = await checksOf(database);
    expect(point).toMatchObject({ status: 'fail', detail: '1 row cannot be read' });
    const [statement = ''] = /delete from .*$/m.exec(point?.advice ?? '') ?? [];
    await database.query(statement);
    expect((await checksOf(database))['state.runs']?.status).toBe('ok');
  });

  test('tables of the same name with other columns fail', async ({ database }) => {
    await database.query('create table leaktally_state (id char(64), rule_name varchar(64))');
    await database.query('create table leaktally_state_runs (id char(64))');
    const { 'state.tables': point } = await checksOf(database);
    expect(point).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(/leaktally_state\.group_by.*leaktally_state_runs\.evaluated_until/),
    });
  });

  test('the lock of a run is seen and not taken, and fails when it is held for too long', async ({ database }) => {
    const receiver = await startReceiver(neverAcknowledge);
    const running = startOn(database, ['--syslog', receiver.patientUrl]);
    await receiver.waitForRecords(1);
    const [holder, ending] = HOLDERS[kind];
    const { 'state.lock': held } = await checksOf(database);
    await moveLastRun(database, -3 * 3600);
    const { 'state.lock': stuck } = await checksOf(database);
    await running.kill();
    await receiver.stop();
    expect(held).toMatchObject({ status: 'ok', detail: expect.stringMatching(holder) });
    expect(held?.detail).toContain('a run is under way');
    expect(stuck).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(holder),
      advice: expect.stringMatching(ending),
    });
    expect(stuck?.detail).toContain('no run has completed since');
  });
});
