import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { createPostgresDatabase, type PostgresDatabase } from '../support/servers/postgres.ts';
import { holdScan, insertPostgresLeaks } from '../support/servers/postgres-scan.ts';
import { waitFor } from '../support/servers/process.ts';

const OTHER_RUN = /^leaktally: another run of rule "data-leak" is under way[^\n]*\n$/;
let database: PostgresDatabase;
let receiver: Receiver;
beforeEach(async () => {
  [database, receiver] = await Promise.all([createPostgresDatabase(inject('postgres')), startReceiver()]);
  await insertPostgresLeaks(database);
});
afterEach(async () => {
  await receiver.stop();
  await database.close();
});

function run(args: readonly string[] = [], onStart: (pid: number) => void = () => undefined) {
  return leaktally(['--database', database.url, '--syslog', receiver.url, ...args], { env: database.env, onStart });
}

/** The next run comes minutes later; here it is tried until the server has noticed that the last one is gone. */
async function untilNextRun(): Promise<void> {
  await waitFor('the next run finds the lock free', async () => {
    const { code, stderr } = await run();
    expect(code, stderr).toBe(0);
    return !OTHER_RUN.test(stderr);
  });
}

test('of two runs at once one does the work, the other says so in one line and exits 0', async () => {
  const held = await holdScan(database, () => run());
  const others = [await run(), await run(['--exit-code', '9', '--quiet'])];
  await held.release();
  for (const other of others) {
    expect(other).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(OTHER_RUN) });
  }
  expect(await held.run).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('10.1.1.5') });
  expect(receiver.records()).toHaveLength(1);
});

test('another rule and a dry run are not held up by the lock', async () => {
  const held = await holdScan(database, () => run());
  const others = [run(['--rule', 'another']), run(['--dry-run'])];
  await held.release();
  for (const result of await Promise.all([held.run, ...others])) {
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('10.1.1.5') });
  }
  expect(receiver.records()).toHaveLength(2);
});

test('another database of the same server has a lock of its own', async () => {
  const other = await createPostgresDatabase(inject('postgres'));
  await insertPostgresLeaks(other);
  const held = await holdScan(database, () => run());
  const result = await leaktally(['--database', other.url, '--syslog', receiver.url], { env: other.env });
  await held.release();
  await held.run;
  await other.close();
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(receiver.records()).toHaveLength(2);
});

test('of five runs at once one alerts and all exit 0', async () => {
  for (const { code, stderr } of await Promise.all([1, 2, 3, 4, 5].map(() => run()))) {
    expect(code, stderr).toBe(0);
    if (stderr !== '') expect(stderr).toMatch(OTHER_RUN);
  }
  expect(receiver.records()).toHaveLength(1);
});

test('the lock of a killed run is free again, even while its scan goes on in the server', async () => {
  let pid = 0;
  const held = await holdScan(database, () =>
    run([], (started) => {
      pid = started;
    }),
  );
  process.kill(pid, 'SIGKILL');
  expect((await held.run).signal).toBe('SIGKILL');
  const locks = `select 1 from pg_locks join pg_database d on d.oid = database
    where datname = current_database() and locktype = 'advisory'`;
  await waitFor('the lock is free', async () => (await database.client.query(locks)).rowCount === 0, 5000);
  await held.release();
  await untilNextRun();
  expect(receiver.records()).toHaveLength(1);
});
