import { expect, inject } from 'vitest';
import { insertLeak, insertLeaks } from '../support/builders/events.ts';
import { startOn, type Target } from '../support/command/leaktally.ts';
import { ownNetwork, withHosts } from '../support/command/namespace.ts';
import { linesOf } from '../support/command/output.ts';
import { postgresTest, test } from '../support/fixtures.ts';
import { startStoppedListener } from '../support/receivers/stopped-listener.ts';
import { changeUrl } from '../support/servers/database.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

/** Runs where the first address of `server.test` takes a second to connect to, and the last one never answers. */
async function runWithSlowAddress(server: number, command: (port: number) => { target: Target; args: string[] }) {
  const slow = await startStoppedListener({ host: '127.0.0.2', server });
  const dead = await startStoppedListener({ host: '127.0.0.3', port: slow.port });
  const { target, args } = command(slow.port);
  const running = startOn(target, args, { via: withHosts({ 'server.test': ['127.0.0.2', '127.0.0.3'] }) }).result;
  setTimeout(slow.resume, 700);
  const { code, stderr } = await running;
  await slow.stop();
  await dead.stop();
  return { code, stderr };
}

test('syslog: a slow first address and a dead last one', async ({ database, rsyslog }) => {
  await insertLeaks(database, 1);
  const result = await runWithSlowAddress(rsyslog.port, (port) => {
    return { target: database, args: ['--syslog', `tcp://server.test:${port}`] };
  });
  expect(result).toEqual({ code: 0, stderr: '' });
  expect(await rsyslog.waitForRecords(1)).toHaveLength(1);
});

test('MariaDB: a slow first address and a dead last one', async ({ database, mariadb }) => {
  await insertLeaks(database, 1);
  const result = await runWithSlowAddress(mariadb.port, (port) => {
    return {
      target: { ...database, url: changeUrl(database.url, { host: 'server.test', port }) },
      args: ['--dry-run'],
    };
  });
  expect(result).toEqual({ code: 0, stderr: '' });
});

postgresTest('PostgreSQL: a slow first address and a dead last one', async ({ database, postgres }) => {
  await insertLeak(database);
  const result = await runWithSlowAddress(postgres.port, (port) => {
    return {
      target: { ...database, url: changeUrl(database.url, { host: 'server.test', port }) },
      args: ['--dry-run'],
    };
  });
  expect(result).toEqual({ code: 0, stderr: '' });
});

// When nobody listens on a port of the range from which the kernel chooses, it may choose that one for this end too.
test.for([20_000, 20_001])('a connection to itself acknowledges nothing (port %i)', async (port, { database }) => {
  await insertLeaks(database, 1);
  const local = { ...database, url: `${database.url}?socket=${inject('mariadb').socket}` };
  const via = ownNetwork([20_000, 20_001]);
  const { code, stderr } = await startOn(local, ['--syslog', `tcp://127.0.0.1:${port}`], { via }).result;
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/connection refused; .*1 alert still due/)]);
  expect(await dueAlertIds(database)).toHaveLength(1);
});
