import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB, serverNow } from '../support/builders/events.ts';
import { type JsonReport, reportOf, runOn } from '../support/command/report.ts';
import { readAlert } from '../support/receivers/alert.ts';
import { startHesitantReceiver } from '../support/receivers/hesitant-receiver.ts';
import { recordsUntilNow } from '../support/receivers/records.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { freePort } from '../support/servers/process.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

let database: TestDatabase;
let rsyslog: RsyslogServer;
let working: string[];
beforeAll(async () => {
  rsyslog = await startRsyslog();
  working = ['--syslog', `tcp://127.0.0.1:${rsyslog.port}`];
});
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  const now = await serverNow(database.connection);
  await insertEvents(database.connection, [{ epoch: now - 300, bytes: 120 * MB }]);
  return () => database.drop();
});
afterAll(() => rsyslog.stop());

test('nobody listens: the run fails in one line, and the leak stays due until somebody does', async () => {
  const port = await freePort();
  const before = (await recordsUntilNow(rsyslog)).length;
  for (const attempt of ['first', 'second']) {
    const { code, stdout, stderr } = await runOn(database, ['--syslog', `tcp://127.0.0.1:${port}`, '--format', 'json']);
    expect(code, attempt).toBe(1);
    expect(stderr).toMatch(new RegExp(`^leaktally: [^\\n]*tcp://127\\.0\\.0\\.1:${port}[^\\n]*\\n$`));
    expect((JSON.parse(stdout) as JsonReport).leaks).toMatchObject([{ status: 'new', alert: 'failed' }]);
  }
  expect((await reportOf(database, working)).leaks).toMatchObject([{ status: 'new', alert: 'sent' }]);
  expect((await reportOf(database, working)).leaks).toMatchObject([{ status: 'known', alert: 'none' }]);
  expect((await recordsUntilNow(rsyslog)).length - before).toBe(1);
});

test('an alert that was not acknowledged is sent again under its id', async () => {
  const receiver = await startHesitantReceiver();
  try {
    const failing = runOn(database, ['--syslog', receiver.url]);
    const { Alert: id } = readAlert(await receiver.waitForRecord());
    receiver.reset();
    expect((await failing).code).toBe(1);

    const before = (await recordsUntilNow(rsyslog)).length;
    expect((await reportOf(database, working)).leaks).toMatchObject([{ status: 'new', alert: 'sent' }]);
    const records = (await recordsUntilNow(rsyslog)).slice(before);
    expect(records.map((record) => readAlert(record).Alert)).toEqual([id]);
  } finally {
    await receiver.stop();
  }
});

test('a run killed between sending and recording repeats one alert under its id and loses none', async () => {
  await insertEvents(database.connection, [
    { epoch: (await serverNow(database.connection)) - 60, source: '10.1.1.6', bytes: 110 * MB },
  ]);
  const receiver = await startHesitantReceiver();
  try {
    let pid = 0;
    const killed = runOn(database, ['--syslog', receiver.url], {
      onStart: (started) => {
        pid = started;
      },
    });
    const { Alert: id } = readAlert(await receiver.waitForRecord());
    process.kill(pid, 'SIGKILL');
    expect((await killed).signal).toBe('SIGKILL');

    const before = (await recordsUntilNow(rsyslog)).length;
    let report = await runOn(database, working);
    // The server may need a moment to see that the holder of the lock is gone.
    while (report.stdout === '') report = await runOn(database, working);
    expect(report.code).toBe(0);
    const alerts = (await recordsUntilNow(rsyslog)).slice(before).map(readAlert);
    expect(alerts.map((alert) => alert['Source IP'])).toEqual(['10.1.1.5', '10.1.1.6']);
    expect(alerts[0]?.Alert).toBe(id);
  } finally {
    await receiver.stop();
  }
});

test('a leak whose alert failed is still alerted when its bytes have left the window', async () => {
  expect((await runOn(database, ['--syslog', `tcp://127.0.0.1:${await freePort()}`])).code).toBe(1);
  await database.connection.query('update alm_bulletin_board_data set epoch = epoch - 90000');
  const before = (await recordsUntilNow(rsyslog)).length;
  expect((await runOn(database, working)).code).toBe(0);
  const alerts = (await recordsUntilNow(rsyslog)).slice(before).map(readAlert);
  expect(alerts.map((alert) => alert['Total Byte Exfil'])).toEqual(['120000000']);
});

test('a syslog host that does not exist fails the run in one line', async () => {
  for (const transport of ['udp', 'tcp']) {
    const { code, stderr } = await runOn(database, ['--syslog', `${transport}://receiver.invalid:514`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^leaktally: [^\n]*receiver\.invalid[^\n]*\n$/);
  }
});
