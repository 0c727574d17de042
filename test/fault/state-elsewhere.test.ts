import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { runOn, type StartedCommand, startOn } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base, started } from '../support/fixtures.ts';
import { emptyFolder, newStateFile } from '../support/folders.ts';
import { alertIds } from '../support/receivers/parse-alert.ts';
import { startReceiver } from '../support/receivers/receiver.ts';
import { changeUrl } from '../support/servers/database.ts';
import { startDistance } from '../support/servers/distant-server.ts';
import { createMariadbDatabase, startMariadb } from '../support/servers/mariadb.ts';

const STATE_PASSWORD = 'state-only/2';

const test = base
  /** Another server, for the state. */
  .extend('server', started(startMariadb))
  /** A run of an account that may only read. */
  .extend(
    'runAsReader',
    ({ reader, receiver }) =>
      async (args: readonly string[], env: Record<string, string> = {}) => {
        return runOn(reader, ['--syslog', receiver.url, ...args], { env });
      },
  );
test.beforeEach(async ({ database }) => {
  await insertLeaks(database, 3);
});

test('with state in a file, reading is all that is needed, and every file is for its owner only', async ({
  database,
  receiver,
  runAsReader,
}) => {
  const folder = emptyFolder();
  const umask = process.umask(0);
  const state = ['--state', `sqlite:${join(folder, 'state.db')}`];
  const [first, second] = [await runAsReader(state), await runAsReader(state)];
  process.umask(umask);
  expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
  expect(receiver.records()).toHaveLength(3);
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
  expect(modes).toContainEqual(['state.db', 0o600]);
  expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  expect(await database.query('show tables')).toHaveLength(2);
});

test.for([1, 2, 3])(
  'state in a file survives kill -9 when connection %i arrives',
  async (last, { reader, receiver, runAsReader }) => {
    const state = ['--state', `sqlite:${newStateFile()}`];
    let doomed: StartedCommand | undefined;
    const deadly = await startReceiver(({ number, accept }) => (number === last ? doomed?.kill() : accept()));
    doomed = startOn(reader, ['--syslog', deadly.url, ...state]);
    const killed = await doomed.result;
    await deadly.stop();
    const [next, third] = [await runAsReader(state), await runAsReader(state)];
    expect(killed.signal).toBe('SIGKILL');
    expect([next.code, third.code], next.stderr + third.stderr).toEqual([0, 0]);
    expect(deadly.records()).toHaveLength(last - 1);
    const ids = alertIds([...deadly.records(), ...receiver.records()]);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  },
);

test('state on another server, under another password', async ({ receiver, server, runAsReader }) => {
  const elsewhere = await createMariadbDatabase(server);
  await elsewhere.query('drop table alm_bulletin_board_data, domain_index');
  await elsewhere.query(`create user keeper@'%' identified by '${STATE_PASSWORD}'`);
  await elsewhere.query(`grant all on ${elsewhere.name}.* to keeper@'%'`);
  const env = {
    LEAKTALLY_STATE_URL: elsewhere.url.replace('root@', 'keeper@'),
    LEAKTALLY_STATE_PASSWORD: STATE_PASSWORD,
  };
  const [first, second] = [await runAsReader([], env), await runAsReader([], env)];
  // A server that has become read-only keeps no state: nothing may be sent.
  await elsewhere.query('delete from leaktally_state');
  await elsewhere.query('set global read_only=1');
  const readOnly = await runAsReader([], env);
  const wrong = await runAsReader([], { ...env, LEAKTALLY_STATE_PASSWORD: 'wrong' });
  await elsewhere.drop();
  expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
  expect([readOnly.code, wrong.code]).toEqual([1, 1]);
  expect(linesOf(readOnly.stderr)).toEqual([expect.stringContaining('read-only')]);
  expect(linesOf(wrong.stderr)).toEqual([expect.stringContaining('LEAKTALLY_STATE_PASSWORD')]);
  expect(receiver.records()).toHaveLength(3);
});

test('when the state server is away, nothing is sent', async ({ receiver, runAsReader }) => {
  const { code, stderr } = await runAsReader(['--state', 'mysql://keeper@127.0.0.1:1/state']);
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('127.0.0.1:1')]);
  expect(receiver.connections()).toBe(0);
});

test('when the events’ server refuses, the run ends, even if the state’s connection opens later', async ({
  mariadb,
  elsewhere,
  receiver,
  runAsReader,
}) => {
  const far = await startDistance(mariadb.port, 400);
  const env = {
    LEAKTALLY_DATABASE_PASSWORD: 'wrong',
    LEAKTALLY_STATE_PASSWORD: elsewhere.env.LEAKTALLY_DATABASE_PASSWORD,
  };
  const refused = await runAsReader(['--state', changeUrl(elsewhere.url, { port: far.port })], env);
  await far.stop();
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(linesOf(refused.stderr)).toEqual([expect.stringContaining('LEAKTALLY_DATABASE_PASSWORD')]);
  expect(receiver.connections()).toBe(0);
});
