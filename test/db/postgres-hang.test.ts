import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type CommandResult, leaktally } from '../support/command/command.ts';
import { lines, parseAlert } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import {
  createPostgresDatabase,
  type PostgresDatabase,
  type PostgresServer,
  startPostgres,
} from '../support/servers/postgres.ts';
import { holdScan, insertPostgresLeaks } from '../support/servers/postgres-scan.ts';
import { waitFor } from '../support/servers/process.ts';

const TIMEOUT_SECONDS = 5;
/** A run that ends later than this did not end by its timeout, however slow the machine is to start a process. */
const LATE_SECONDS = 10;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

let database: PostgresDatabase;
let receiver: Receiver;
beforeEach(async () => {
  [database, receiver] = await Promise.all([createPostgresDatabase(server), startReceiver()]);
  await insertPostgresLeaks(database);
});
afterEach(async () => {
  await receiver.stop();
  await database.close();
});

type TimedResult = CommandResult & { readonly seconds: number };

async function run(syslog = receiver.url): Promise<TimedResult> {
  const started = performance.now();
  const args = ['--database', database.url, '--timeout', `${TIMEOUT_SECONDS}s`, '--syslog', syslog];
  const result = await leaktally(args, { env: database.env });
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

function expectGaveUp({ code, stdout, stderr, seconds }: TimedResult): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(lines(stderr)).toEqual([expect.stringMatching(/^leaktally: did not finish within 5s/)]);
  expect(seconds).toBeLessThan(LATE_SECONDS);
}

/** The next run comes minutes later; here it is tried until the server has noticed that the last one is gone. */
async function untilNextRun(): Promise<void> {
  await waitFor('the next run finds the lock free', async () => {
    const { code, stderr } = await run();
    expect(code, stderr).toBe(0);
    return !stderr.includes('under way');
  });
}

test.each(['scan', 'state'] as const)(
  'the server process of the %s session is frozen during the scan',
  async (which) => {
    const held = await holdScan(database, run);
    process.kill(held[which], 'SIGSTOP');
    await held.release();
    const hung = await held.run.finally(() => process.kill(held[which], 'SIGCONT'));
    expectGaveUp(hung);
    expect(receiver.connections()).toBe(0);
    await untilNextRun();
    expect(receiver.records()).toHaveLength(1);
  },
);

test('the whole server is frozen before the run', async () => {
  process.kill(server.pid, 'SIGSTOP');
  const hung = await run().finally(() => process.kill(server.pid, 'SIGCONT'));
  expectGaveUp(hung);
  await untilNextRun();
  expect(receiver.records()).toHaveLength(1);
});

test('the state session is frozen between the sending and the recording of an alert', async () => {
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
  expectGaveUp(hung);
  await untilNextRun();
  // The server may have got what records it before it froze or after: repeated or not, it is the same alert.
  expect(freezing.records()).toHaveLength(1);
  const ids = [...freezing.records(), ...receiver.records()].map((record) => parseAlert(record).id);
  expect(new Set(ids).size).toBe(1);
});
