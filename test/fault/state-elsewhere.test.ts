import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, lines, parseAlert } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { startDistance } from '../support/servers/distant-server.ts';
import { createTestDatabase, startMariadb, type TestDatabase } from '../support/servers/mariadb.ts';

const PASSWORD = 'read-only#1';
const STATE_PASSWORD = 'state-only/2';

let database: TestDatabase;
let reader: string;
let receiver: Receiver;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  reader = `reader_${database.name.slice(-8)}`;
  receiver = await startReceiver();
  await database.connection.query(`create user ${reader}@'%' identified by '${PASSWORD}'`);
  for (const table of ['alm_bulletin_board_data', 'domain_index']) {
    await database.connection.query(`grant select on ${database.name}.${table} to ${reader}@'%'`);
  }
  await insertLeaks(database.connection, 3);
});
afterEach(async () => {
  await database.connection.query(`drop user ${reader}@'%'`);
  await receiver.stop();
  await database.drop();
});

/** A run of the user who may only read. */
function run(state: string, { syslog = receiver.url, env = {}, onStart }: RunOptions = {}) {
  const args = ['--database', database.url.replace('root@', `${reader}@`), '--syslog', syslog];
  return leaktally(state === '' ? args : [...args, '--state', state], {
    env: { LEAKTALLY_DATABASE_PASSWORD: PASSWORD, ...env },
    ...(onStart && { onStart }),
  });
}

interface RunOptions {
  readonly syslog?: string;
  readonly env?: Record<string, string>;
  readonly onStart?: (pid: number) => void;
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'leaktally-elsewhere-'));

test('with state in a file, reading is all that is needed, and every file is for its owner only', async () => {
  const folder = newFolder();
  const umask = process.umask(0);
  const state = `sqlite:${join(folder, 'state.db')}`;
  const [first, second] = [await run(state), await run(state)];
  process.umask(umask);
  expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
  expect(receiver.records()).toHaveLength(3);
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
  expect(modes).toContainEqual(['state.db', 0o600]);
  expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  const [tables] = await database.connection.query('show tables');
  expect(tables).toHaveLength(2);
});

test.each([1, 2, 3])('state in a file survives kill -9 when connection %i arrives', async (last) => {
  const state = `sqlite:${join(newFolder(), 'state.db')}`;
  let pid = 0;
  const deadly = await startReceiver(({ number, accept }) =>
    number === last ? process.kill(pid, 'SIGKILL') : accept(),
  );
  const killed = await run(state, {
    syslog: deadly.url,
    onStart: (started) => {
      pid = started;
    },
  });
  await deadly.stop();
  const [next, third] = [await run(state), await run(state)];
  expect(killed.signal).toBe('SIGKILL');
  expect([next.code, third.code], next.stderr + third.stderr).toEqual([0, 0]);
  expect(deadly.records()).toHaveLength(last - 1);
  const ids = [...deadly.records(), ...receiver.records()].map((record) => parseAlert(record).id);
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(3);
});

test('state on another server, under another password', async () => {
  const server = await startMariadb();
  const elsewhere = await createTestDatabase(server);
  await elsewhere.connection.query('drop table alm_bulletin_board_data, domain_index');
  await elsewhere.connection.query(`create user keeper@'%' identified by '${STATE_PASSWORD}'`);
  await elsewhere.connection.query(`grant all on ${elsewhere.name}.* to keeper@'%'`);
  const env = {
    LEAKTALLY_STATE_URL: elsewhere.url.replace('root@', 'keeper@'),
    LEAKTALLY_STATE_PASSWORD: STATE_PASSWORD,
  };
  const [first, second] = [await run('', { env }), await run('', { env })];
  // A server that became read-only takes no state: nothing may be sent.
  await elsewhere.connection.query('delete from leaktally_state');
  await elsewhere.connection.query('set global read_only=1');
  const readOnly = await run('', { env });
  const wrong = await run('', { env: { ...env, LEAKTALLY_STATE_PASSWORD: PASSWORD } });
  await elsewhere.drop();
  await server.stop();
  expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
  expect([readOnly.code, wrong.code]).toEqual([1, 1]);
  expect(lines(readOnly.stderr)).toEqual([expect.stringContaining('read-only')]);
  expect(lines(wrong.stderr)).toEqual([expect.stringContaining('LEAKTALLY_STATE_PASSWORD')]);
  expect(receiver.records()).toHaveLength(3);
});

test('when the state server is away, nothing is sent', async () => {
  const { code, stderr } = await run('mysql://keeper@127.0.0.1:1/state');
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringContaining('127.0.0.1:1')]);
  expect(receiver.connections()).toBe(0);
});

test('when the events’ server refuses, the run ends, also when the state’s connection opens only after that', async () => {
  const elsewhere = await createTestDatabase(inject('mariadb'));
  const far = await startDistance(inject('mariadb').port, 400);
  const env = {
    LEAKTALLY_DATABASE_PASSWORD: 'wrong',
    LEAKTALLY_STATE_PASSWORD: elsewhere.env.LEAKTALLY_DATABASE_PASSWORD,
  };
  const refused = await run(elsewhere.url.replace(/:\d+\//, `:${far.port}/`), { env });
  await far.stop();
  await elsewhere.drop();
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(lines(refused.stderr)).toEqual([expect.stringContaining('LEAKTALLY_DATABASE_PASSWORD')]);
  expect(receiver.connections()).toBe(0);
});
