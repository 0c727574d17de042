import { expect } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { nextRun } from '../../support/command/next-run.ts';
import { expectTimedOut, TIME_LIMIT, timed } from '../../support/command/time-limit.ts';
import { postgresTest, started } from '../../support/fixtures.ts';
import { alertIds } from '../../support/receivers/parse-alert.ts';
import { startReceiver } from '../../support/receivers/receiver.ts';
import { startPostgres } from '../../support/servers/postgres.ts';
import { holdScan } from '../../support/servers/postgres-scan.ts';
import { whileFrozen } from '../../support/servers/process.ts';

const test = postgresTest
  .extend('postgres', { scope: 'file' }, started(startPostgres))
  .extend('run', ({ database, receiver }) => async (syslog = receiver.url) => {
    return timed(runOn(database, [...TIME_LIMIT, '--syslog', syslog]));
  });
test.beforeEach(({ database }) => insertLeak(database));

test.for(['scan', 'state'] as const)(
  'the server process of the %s session is frozen during the scan',
  async (which, { database, receiver, run }) => {
    const held = await holdScan(database, () => run());
    const hung = await whileFrozen(held[which], async () => {
      await held.release();
      return held.run;
    });
    expectTimedOut(hung);
    expect(receiver.connections()).toBe(0);
    await nextRun(run);
    expect(receiver.records()).toHaveLength(1);
  },
);

test('the whole server is frozen before the run', async ({ receiver, postgres, run }) => {
  expectTimedOut(await whileFrozen(postgres.pid, run));
  await nextRun(run);
  expect(receiver.records()).toHaveLength(1);
});

test('the state session is frozen between the sending and the recording of an alert', async ({
  database,
  receiver,
  run,
}) => {
  let state = 0;
  const freezing = await startReceiver(({ accept }) => {
    process.kill(state, 'SIGSTOP');
    return accept();
  });
  const held = await holdScan(database, () => run(freezing.url));
  state = held.state;
  await held.release();
  const hung = await held.run;
  await freezing.stop();
  process.kill(state, 'SIGCONT');
  expectTimedOut(hung);
  await nextRun(run);
  // The server may or may not have recorded the alert before it froze: repeated or not, it is the same one.
  expect(freezing.records()).toHaveLength(1);
  const ids = alertIds([...freezing.records(), ...receiver.records()]);
  expect(new Set(ids).size).toBe(1);
});
