import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, parseAlert, pendingAlertIds } from '../support/receivers/alerts.ts';
import { type Connection, startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { waitFor } from '../support/servers/process.ts';

const LEAKS = 10;

let database: TestDatabase;
let destinations: string[];
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  destinations = await insertLeaks(database.connection, LEAKS);
});
afterEach(() => database.drop());

/** Kills the first run when `treat` says so, then runs again; every leak must have arrived, repeated ones with one id. */
async function runKilledThenWhole(treat: (connection: Connection, kill: () => void) => unknown) {
  let pid: number | undefined;
  const kill = () => {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    pid = undefined;
  };
  const receiver = await startReceiver((connection) =>
    pid === undefined ? connection.accept() : treat(connection, kill),
  );
  const args = ['--database', database.url, '--syslog', receiver.url];
  const killed = await leaktally(args, {
    env: database.env,
    onStart: (started) => {
      pid = started;
    },
  });
  pid = undefined;
  const firstRun = receiver.records().length;
  const whole = await leaktally(args, { env: database.env });
  const third = await leaktally(args, { env: database.env });
  await receiver.stop();
  expect(killed.signal).toBe('SIGKILL');
  expect([whole.code, third.code]).toEqual([0, 0]);
  const alerts = receiver.records().map(parseAlert);
  expect([...new Set(alerts.map(({ destination }) => destination))].sort()).toEqual([...destinations].sort());
  // One id a leak, also where a leak came twice.
  expect(new Set(alerts.map(({ id }) => id)).size).toBe(LEAKS);
  return { firstRun, repeated: alerts.length - LEAKS };
}

test.each([1, 2, 6, 10])('killed when connection %i arrives: nothing lost, nothing repeated', async (last) => {
  const { firstRun, repeated } = await runKilledThenWhole(({ number, accept }, kill) =>
    number === last ? kill() : accept(),
  );
  expect(firstRun).toBe(last - 1);
  expect(repeated).toBe(0);
});

test.each([1, 5, 10])('killed before record %i is acknowledged: that one is repeated', async (last) => {
  const { firstRun, repeated } = await runKilledThenWhole(({ number, read, accept }, kill) =>
    number === last ? read().then(kill) : accept(),
  );
  expect(firstRun).toBe(last);
  expect(repeated).toBe(1);
});

test.each([1, 5, 10])(
  'killed right after the acknowledgement of record %i: at most that one is repeated',
  async (last) => {
    const { firstRun, repeated } = await runKilledThenWhole(({ number, accept }, kill) =>
      number === last ? accept().then(kill) : accept(),
    );
    expect(firstRun).toBe(last);
    expect(repeated).toBeLessThanOrEqual(1);
  },
);

test.each([1, 5, 9])('killed when %i are recorded and the next one connects: nothing repeated', async (recorded) => {
  const { firstRun, repeated } = await runKilledThenWhole(async ({ number, accept }, kill) => {
    if (number <= recorded) return accept();
    const due = await pendingAlertIds(database.connection);
    expect(due).toHaveLength(LEAKS - recorded);
    return kill();
  });
  expect(firstRun).toBe(recorded);
  expect(repeated).toBe(0);
});

test('killed after the last alert was recorded, before the run is: nothing repeated', async () => {
  // A first run, so that there is a table to lock.
  await leaktally(['--database', database.url, '--no-syslog', '--rule', 'another'], { env: database.env });
  const { firstRun, repeated } = await runKilledThenWhole(async ({ number, accept }, kill) => {
    if (number < LEAKS) return accept();
    // Repeatable read would not see what the run records meanwhile.
    await database.connection.query('set transaction isolation level read committed');
    await database.connection.beginTransaction();
    await database.connection.query('select * from leaktally_state_runs for update');
    await accept();
    await waitFor('all alerts are recorded', async () => (await pendingAlertIds(database.connection)).length === 0);
    kill();
    return database.connection.rollback();
  });
  expect(firstRun).toBe(LEAKS);
  expect(repeated).toBe(0);
});
