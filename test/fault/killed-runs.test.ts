import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { runOn, type StartedCommand, startOn } from '../support/command/leaktally.ts';
import { test as base } from '../support/fixtures.ts';
import { alertDestinations, alertIds } from '../support/receivers/parse-alert.ts';
import { type Connection, startReceiver } from '../support/receivers/receiver.ts';
import { waitFor } from '../support/servers/process.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

const LEAKS = 10;

type Fatal = (connection: Connection, kill: () => void) => unknown;

const test = base
  .extend('destinations', ({ database }) => insertLeaks(database, LEAKS))
  /** Runs until `treat` kills the run, then twice more: every leak must arrive, repeated ones under the same id. */
  .extend(
    'runKilledThenWhole',
    ({ database, destinations }) =>
      async (treat: Fatal, signals: readonly (string | null)[] = ['SIGKILL']) => {
        let doomed: StartedCommand | undefined;
        const receiver = await startReceiver((connection) =>
          doomed ? treat(connection, () => void doomed?.kill()) : connection.accept(),
        );
        const args = ['--syslog', receiver.url];
        doomed = startOn(database, args);
        const killed = await doomed.result;
        doomed = undefined;
        const firstRun = receiver.records().length;
        const [whole, third] = [await runOn(database, args), await runOn(database, args)];
        await receiver.stop();
        expect(signals).toContain(killed.signal);
        expect([whole.code, third.code]).toEqual([0, 0]);
        const records = receiver.records();
        expect([...new Set(alertDestinations(records))].sort()).toEqual([...destinations].sort());
        // One id per leak, even for a leak that came twice.
        expect(new Set(alertIds(records)).size).toBe(LEAKS);
        return { firstRun, repeated: records.length - LEAKS };
      },
  );

test.for([1, 2, 6, 10])(
  'killed when connection %i arrives: nothing lost, nothing repeated',
  async (last, { runKilledThenWhole }) => {
    const { firstRun, repeated } = await runKilledThenWhole(({ number, accept }, kill) =>
      number === last ? kill() : accept(),
    );
    expect(firstRun).toBe(last - 1);
    expect(repeated).toBe(0);
  },
);

test.for([1, 5, 10])(
  'killed before record %i is acknowledged: that one is repeated',
  async (last, { runKilledThenWhole }) => {
    const { firstRun, repeated } = await runKilledThenWhole(({ number, read, accept }, kill) =>
      number === last ? read().then(kill) : accept(),
    );
    expect(firstRun).toBe(last);
    expect(repeated).toBe(1);
  },
);

test.for([1, 5, 10])(
  'killed right after the acknowledgement of record %i: at most that one is repeated',
  async (last, { runKilledThenWhole }) => {
    const { firstRun, repeated } = await runKilledThenWhole(({ number, accept }, kill) =>
      number === last ? accept().then(kill) : accept(),
    );
    expect(firstRun).toBe(last);
    expect(repeated).toBeLessThanOrEqual(1);
  },
);

test.for([1, 5, 9])(
  'killed when %i are recorded and the next one connects: nothing repeated',
  async (recorded, { database, runKilledThenWhole }) => {
    const { firstRun, repeated } = await runKilledThenWhole(async ({ number, accept }, kill) => {
      if (number <= recorded) return accept();
      const due = await dueAlertIds(database);
      expect(due).toHaveLength(LEAKS - recorded);
      return kill();
    });
    expect(firstRun).toBe(recorded);
    expect(repeated).toBe(0);
  },
);

test('killed once the last alert is recorded, if it has not ended by then: nothing repeated', async ({
  database,
  runKilledThenWhole,
}) => {
  const { firstRun, repeated } = await runKilledThenWhole(
    async ({ number, accept }, kill) => {
      await accept();
      if (number < LEAKS) return;
      await waitFor('all alerts are recorded', async () => (await dueAlertIds(database)).length === 0);
      kill();
    },
    ['SIGKILL', null],
  );
  expect(firstRun).toBe(LEAKS);
  expect(repeated).toBe(0);
});
