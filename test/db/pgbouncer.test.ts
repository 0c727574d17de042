import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { MB } from '../support/builders/events.ts';
import { emptyFolder, leaktally } from '../support/command/command.ts';
import { addEvents, DATABASES } from '../support/servers/databases.ts';
import { startPgbouncer } from '../support/servers/pgbouncer.ts';
import { startRsyslog } from '../support/servers/rsyslog.ts';

let bouncer: { port: number; stop(): Promise<void> };
beforeAll(async () => {
  bouncer = await startPgbouncer(inject('postgres').port);
});
afterAll(() => bouncer.stop());

test('reads through pgbouncer in transaction mode, and asks for another place for the state', async () => {
  const database = await DATABASES.postgres?.();
  if (!database) throw new Error('no PostgreSQL');
  const rsyslog = await startRsyslog();
  try {
    await addEvents(database, [{ epoch: Math.floor(Date.now() / 1000) - 60, bytes: 101 * MB }]);
    const url = database.url.replace(/:\d+\//, `:${bouncer.port}/`);
    const args = ['--database', url, '--syslog', `tcp://127.0.0.1:${rsyslog.port}`, '--format', 'json'];

    const refused = await leaktally(args, { env: database.env });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^leaktally: .*pgbouncer.*--state .*5432.*--state sqlite:<file>\n$/);
    expect(rsyslog.records()).toEqual([]);
    expect(await database.query("select 1 from pg_locks where locktype = 'advisory'")).toEqual([]);

    const state = ['--state', `sqlite:${join(emptyFolder(), 'state.db')}`];
    const [first, second] = [
      await leaktally([...args, ...state], { env: database.env }),
      await leaktally([...args, ...state], { env: database.env }),
    ];
    expect(JSON.parse(first.stdout).leaks[0]).toMatchObject({ status: 'new', alert: 'sent', bytes: 101 * MB });
    expect(JSON.parse(second.stdout).leaks[0]).toMatchObject({ status: 'known', alert: 'none' });

    const direct = await leaktally([...args, '--state', database.url], {
      env: { ...database.env, LEAKTALLY_STATE_PASSWORD: database.env.LEAKTALLY_DATABASE_PASSWORD ?? '' },
    });
    expect(JSON.parse(direct.stdout).leaks[0]).toMatchObject({ status: 'new', alert: 'sent' });
    expect(rsyslog.records()).toHaveLength(2);
  } finally {
    await rsyslog.stop();
    await database.drop();
  }
});
