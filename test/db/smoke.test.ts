import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command.ts';
import { insertEvents, insertName, MB, serverNow } from '../support/events.ts';
import { createTestDatabase, type TestDatabase } from '../support/mariadb.ts';
import { type RsyslogServer, startRsyslog } from '../support/rsyslog.ts';

let database: TestDatabase;
let rsyslog: RsyslogServer;
beforeAll(async () => {
  database = await createTestDatabase(inject('mariadb'));
  rsyslog = await startRsyslog();
});
afterAll(async () => {
  await database.drop();
  await rsyslog.stop();
});

test('a leak is alerted once', async () => {
  const now = await serverNow(database.connection);
  await insertEvents(database.connection, [
    { epoch: now - 600, bytes: 60 * MB },
    { epoch: now - 300, bytes: 60 * MB },
  ]);
  await insertName(database.connection, '10.1.1.5', '203.0.113.9', 'a.example.net', now - 400);
  const args = ['--database', database.url, '--syslog', `tcp://127.0.0.1:${rsyslog.port}`];
  const first = await leaktally(args, { env: database.env });
  const second = await leaktally(args, { env: database.env });
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(first.stdout).toMatch(/120 MB .* new$/m);
  expect(second.stdout).toMatch(/120 MB .* known$/m);
  expect(rsyslog.records()).toHaveLength(1);
});
