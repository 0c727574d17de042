import { expect, inject } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { runOn, startOn } from '../../support/command/leaktally.ts';
import { nextRun, OTHER_RUN } from '../../support/command/next-run.ts';
import { postgresTest } from '../../support/fixtures.ts';
import { createPostgresDatabase } from '../../support/servers/postgres.ts';
import { holdScan } from '../../support/servers/postgres-scan.ts';
import { waitFor } from '../../support/servers/process.ts';

const test = postgresTest.extend('run', ({ database, receiver }) => async (...args: string[]) => {
  return runOn(database, ['--syslog', receiver.url, ...args]);
});
test.beforeEach(({ database }) => insertLeak(database));

test('of two runs at once one does the work, the other says so in one line and exits 0', async ({
  database,
  receiver,
  run,
}) => {
  const held = await holdScan(database, () => run());
  const others = [await run(), await run('--exit-code', '9', '--quiet')];
  await held.release();
  for (const other of others) {
    expect(other).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(OTHER_RUN) });
  }
  expect(await held.run).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('10.1.1.5') });
  expect(receiver.records()).toHaveLength(1);
});

test('another rule and a dry run are not held up by the lock', async ({ database, receiver, run }) => {
  const held = await holdScan(database, () => run());
  const others = [run('--rule', 'another'), run('--dry-run')];
  await held.release();
  for (const result of await Promise.all([held.run, ...others])) {
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('10.1.1.5') });
  }
  expect(receiver.records()).toHaveLength(2);
});

test('another database of the same server has a lock of its own', async ({ database, receiver, run }) => {
  const other = await createPostgresDatabase(inject('postgres'));
  await insertLeak(other);
  const held = await holdScan(database, () => run());
  const result = await runOn(other, ['--syslog', receiver.url]);
  await held.release();
  await held.run;
  await other.drop();
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(receiver.records()).toHaveLength(2);
});

test('of five runs at once one alerts and all exit 0', async ({ receiver, run }) => {
  for (const { code, stderr } of await Promise.all([1, 2, 3, 4, 5].map(() => run()))) {
    expect(code, stderr).toBe(0);
    if (stderr !== '') expect(stderr).toMatch(OTHER_RUN);
  }
  expect(receiver.records()).toHaveLength(1);
});

test('the lock of a killed run is free again, even while its scan goes on in the server', async ({
  database,
  receiver,
}) => {
  const run = startOn(database, ['--syslog', receiver.url]);
  const held = await holdScan(database, () => run.result);
  expect((await run.kill()).signal).toBe('SIGKILL');
  const locks = `select 1 from pg_locks join pg_database d on d.oid = database
    where datname = current_database() and locktype = 'advisory'`;
  await waitFor('the lock is free', async () => (await database.query(locks)).length === 0, 5000);
  await held.release();
  await nextRun(() => runOn(database, ['--syslog', receiver.url]));
  expect(receiver.records()).toHaveLength(1);
});
