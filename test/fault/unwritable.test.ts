import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, lines } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';

const PASSWORD = 'least-privilege';

let database: TestDatabase;
let receiver: Receiver;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  receiver = await startReceiver();
  await insertLeaks(database.connection, 3);
});
afterEach(async () => {
  await receiver.stop();
  await database.drop();
});

test.each([
  ['insert', 'a new leak'],
  ['update', 'a new leak'],
  ['delete', 'a new leak'],
  ['insert', 'an alert that was due before'],
  ['update', 'an alert that was due before'],
  ['delete', 'an alert that was due before'],
])('a user who lost %s on the state tables sends nothing (%s)', async (privilege, what) => {
  const { connection, name, url } = database;
  const user = `lost_${name.slice(-8)}`;
  const syslog = what === 'a new leak' ? 'none' : 'tcp://127.0.0.1:1?timeout=2s';
  // A run as root makes the tables; where nobody listens, it leaves its alerts due.
  await leaktally(['--database', url, '--syslog', syslog], { env: database.env });
  if (syslog === 'none') await connection.query('delete from leaktally_state');
  await connection.query(`create user ${user}@'%' identified by '${PASSWORD}'`);
  await connection.query(`grant select, insert, update, delete on ${name}.* to ${user}@'%'`);
  await connection.query(`revoke ${privilege} on ${name}.* from ${user}@'%'`);
  const { code, stderr } = await leaktally(['--database', url.replace('root@', `${user}@`), '--syslog', receiver.url], {
    env: { LEAKTALLY_DATABASE_PASSWORD: PASSWORD },
  });
  await connection.query(`drop user ${user}@'%'`);
  expect(receiver.connections()).toBe(0);
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringMatching(/denied.*--print-schema/)]);
});

const folder = mkdtempSync(join(tmpdir(), 'leaktally-state-'));
const noDatabase = join(folder, 'no-database');
writeFileSync(
  noDatabase,
  'this is not a database file, but it is longer than one header of such a file would be. '.repeat(9),
);

test.each([
  ['a folder', folder],
  ['a file in a folder that is missing', join(folder, 'missing', 'state.db')],
  ['a file under a file', join(noDatabase, 'state.db')],
  ['no database', noDatabase],
])('a state file that is %s: one line, and nothing is sent', async (_, path) => {
  const { code, stderr } = await leaktally(
    ['--database', database.url, '--state', `sqlite:${path}`, '--syslog', receiver.url],
    { env: database.env },
  );
  expect(receiver.connections()).toBe(0);
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringContaining(path)]);
});

test('a state table of another make: one line, and nothing is sent', async () => {
  await database.connection.query('create table leaktally_state (id int)');
  const { code, stderr } = await leaktally(['--database', database.url, '--syslog', receiver.url], {
    env: database.env,
  });
  expect(receiver.connections()).toBe(0);
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringContaining('--print-schema')]);
});
