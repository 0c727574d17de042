import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { insertEvents, MB, serverNow } from '../support/builders/events.ts';
import { expectOneLineFailure } from '../support/command/expectations.ts';
import { runOn } from '../support/command/report.ts';
import { startHesitantReceiver } from '../support/receivers/hesitant-receiver.ts';
import { createTestDatabase, type MariadbServer, startMariadb, type TestDatabase } from '../support/servers/mariadb.ts';
import { waitFor } from '../support/servers/process.ts';

let server: MariadbServer;
let database: TestDatabase;
beforeAll(async () => {
  server = await startMariadb();
});
beforeEach(async () => {
  database = await createTestDatabase(server);
  const now = await serverNow(database.connection);
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  return () => database.drop();
});
afterAll(() => server.stop());

/** Sessions of a run that are at the events. */
async function sessionsThatRead(): Promise<number[]> {
  const [rows] = await database.connection.query<RowDataPacket[]>(
    `select id from information_schema.processlist where db = ? and info like '%alm_bulletin%' and id <> connection_id()`,
    [database.name],
  );
  return rows.map(({ id }) => Number(id));
}

async function sessionThatReads(): Promise<number> {
  await waitFor('a run is at the events', async () => (await sessionsThatRead()).length > 0);
  return (await sessionsThatRead())[0] as number;
}

test('a server that stands still from the beginning ends the run after --timeout', async () => {
  process.kill(server.pid, 'SIGSTOP');
  try {
    expectOneLineFailure(await runOn(database, ['--timeout', '2s']), /--timeout|2s/);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
});

test('a server that stands still in the middle of the scan does too', async () => {
  await database.connection.query('lock tables alm_bulletin_board_data write');
  const run = runOn(database, ['--timeout', '8s']);
  await sessionThatReads();
  process.kill(server.pid, 'SIGSTOP');
  try {
    expectOneLineFailure(await run, /--timeout|8s/);
  } finally {
    process.kill(server.pid, 'SIGCONT');
    await database.connection.query('unlock tables');
  }
});

test('a statement that takes too long does too, and does not go on in the server', async () => {
  await database.connection.query('lock tables alm_bulletin_board_data write');
  try {
    expectOneLineFailure(await runOn(database, ['--timeout', '2s']), /--timeout/);
    await waitFor('the statement has ended in the server', async () => (await sessionsThatRead()).length === 0);
  } finally {
    await database.connection.query('unlock tables');
  }
});

test('a session that the server ends fails the run in one line, long before --timeout', async () => {
  await database.connection.query('lock tables alm_bulletin_board_data write');
  try {
    const run = runOn(database, ['--timeout', '30s']);
    await database.connection.query(`kill ${await sessionThatReads()}`);
    expectOneLineFailure(await run, /closed the connection|killed/);
  } finally {
    await database.connection.query('unlock tables');
  }
});

test('a syslog receiver that never acknowledges does too, and the leak stays due', async () => {
  const receiver = await startHesitantReceiver();
  try {
    const failed = await runOn(database, ['--timeout', '3s'], { env: { LEAKTALLY_SYSLOG: receiver.url } });
    expectOneLineFailure(failed, /--timeout|3s/);
  } finally {
    await receiver.stop();
  }
  await waitFor('the next run has sent it', async () => {
    const next = await runOn(database);
    return next.code === 0 && /\bnew\b/.test(next.stdout);
  });
});

test('a run that is done in time is not kept from ending', async () => {
  expect((await runOn(database, ['--timeout', '1h'])).code).toBe(0);
});
