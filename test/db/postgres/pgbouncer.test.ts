import { expect, inject } from 'vitest';
import { insertEvents, MB } from '../../support/builders/events.ts';
import { parseReport } from '../../support/command/json-report.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { postgresTest, started } from '../../support/fixtures.ts';
import { newStateFile } from '../../support/folders.ts';
import { changeUrl } from '../../support/servers/database.ts';
import { startPgbouncer } from '../../support/servers/pgbouncer.ts';

const test = postgresTest.extend('bouncer', started(startPgbouncer, inject('postgres').port));

test('reads through pgbouncer in transaction mode, and asks for another place for the state', async ({
  database,
  bouncer,
  receiver,
}) => {
  await insertEvents(database, [{ epoch: (await database.now()) - 60, bytes: 101 * MB }]);
  const target = { ...database, url: changeUrl(database.url, { port: bouncer.port }) };
  const args = ['--syslog', receiver.url, '--format', 'json'];

  const refused = await runOn(target, args);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^leaktally: .*pgbouncer.*--state .*5432.*--state sqlite:<file>\n$/);
  expect(receiver.records()).toEqual([]);
  expect(await database.query("select 1 from pg_locks where locktype = 'advisory'")).toEqual([]);

  const state = ['--state', `sqlite:${newStateFile()}`];
  const [first, second] = [await runOn(target, [...args, ...state]), await runOn(target, [...args, ...state])];
  expect(parseReport(first).leaks[0]).toMatchObject({ status: 'new', alert: 'sent', bytes: 101 * MB });
  expect(parseReport(second).leaks[0]).toMatchObject({ status: 'known', alert: 'none' });

  const direct = await runOn(target, [...args, '--state', database.url], {
    env: { LEAKTALLY_STATE_PASSWORD: database.env.LEAKTALLY_DATABASE_PASSWORD },
  });
  expect(parseReport(direct).leaks[0]).toMatchObject({ status: 'new', alert: 'sent' });
  expect(receiver.records()).toHaveLength(2);
});
