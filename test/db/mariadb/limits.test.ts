import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addressBytes, insertEvents, MB } from '../../support/builders/events.ts';
import { expectOneLineFailure } from '../../support/command/expectations.ts';
import { reportOf } from '../../support/command/json-report.ts';
import { runOn } from '../../support/command/leaktally.ts';
import {
  createMariadbDatabase,
  type MariadbDatabase,
  type MariadbServer,
  startMariadb,
} from '../../support/servers/mariadb.ts';
import { waitFor } from '../../support/servers/process.ts';

let server: MariadbServer;
let database: MariadbDatabase;
beforeAll(async () => {
  server = await startMariadb(['--max-allowed-packet=1M']);
});
beforeEach(async () => {
  database = await createMariadbDatabase(server);
  return () => database.drop();
});
afterAll(() => server.stop());

test('more leaks than one statement has room for', async () => {
  const epoch = (await database.now()) - 600;
  const destinations = Array.from({ length: 1200 }, (_, number) => `198.18.${number >> 8}.${number & 255}`);
  await insertEvents(
    database,
    destinations.map((destination) => ({ epoch, destination, bytes: 120 * MB })),
  );
  for (const [number, destination] of destinations.entries()) {
    const names = Array.from({ length: 8 }, (_, copy) => [
      addressBytes('10.1.1.5'),
      addressBytes(destination),
      `${'"ü'.repeat(60)}.${copy}.n${number}.example.net`,
      epoch,
    ]);
    await database.connection.query('insert into domain_index values ?', [names]);
  }
  expect((await reportOf(database)).leaks.map(({ status }) => status)).toEqual(destinations.map(() => 'new'));
  expect((await reportOf(database)).leaks.map(({ status }) => status)).toEqual(destinations.map(() => 'known'));
});

test('a report is recorded as the alert, however little one statement has room for', async () => {
  const small = await startMariadb(['--max-allowed-packet=16K']);
  const little = await createMariadbDatabase(small);
  const epoch = (await little.now()) - 600;
  const source = '2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa';
  for (let host = 0x1000; host < 0x1078; host++) {
    const destination = `2001:db8:ffff:eeee:dddd:cccc:bbbb:${host.toString(16)}`;
    await insertEvents(little, [{ epoch, source, destination, bytes: 120 * MB }]);
  }
  const rule = 'r'.repeat(60);
  const reports = [await reportOf(little, ['--rule', rule]), await reportOf(little, ['--rule', rule])];
  expect(reports.map(({ leaks }) => leaks.length)).toEqual([120, 120]);
  expect(reports.map(({ leaks }) => new Set(leaks.map(({ status }) => status)))).toEqual([
    new Set(['new']),
    new Set(['known']),
  ]);
  await little.drop();
  await small.stop();
});

test('a connection that is lost inside a transaction is told as that', async () => {
  const { connection } = database;
  await reportOf(database);
  await insertEvents(database, [{ epoch: (await database.now()) - 60, bytes: 120 * MB }]);
  await connection.query('create trigger slow before insert on leaktally_state for each row do sleep(20)');
  const run = runOn(database);
  let id: unknown;
  await waitFor('the insert waits', async () => {
    const [rows] = await connection.query<RowDataPacket[]>(
      `select id from information_schema.processlist where db = ? and info like '%sleep(20)%' and id <> connection_id()`,
      [database.name],
    );
    id = rows[0]?.id;
    return id !== undefined;
  });
  await connection.query(`kill ${id}`);
  expectOneLineFailure(await run, /the server closed the connection/);
});
