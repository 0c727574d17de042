import { expect } from 'vitest';
import { insertEvents, insertLeak, MB } from '../support/builders/events.ts';
import { type JsonReport, reportOf } from '../support/command/json-report.ts';
import { runOn, startOn } from '../support/command/leaktally.ts';
import { nextRun } from '../support/command/next-run.ts';
import { test as base, started } from '../support/fixtures.ts';
import { alertIds, parseAlert } from '../support/receivers/parse-alert.ts';
import { neverAcknowledge, startReceiver } from '../support/receivers/receiver.ts';
import { recordsFromNow } from '../support/receivers/rsyslog-records.ts';
import { freePort } from '../support/servers/process.ts';

const test = base
  .extend('working', ({ rsyslog }) => ['--syslog', rsyslog.tcpUrl])
  .extend('hesitant', started(startReceiver, neverAcknowledge));
test.beforeEach(({ database }) => insertLeak(database));

test('nobody listens: the run fails in one line, and the leak stays due until somebody does', async ({
  database,
  rsyslog,
  working,
}) => {
  const port = await freePort();
  const newRecords = await recordsFromNow(rsyslog);
  for (const attempt of ['first', 'second']) {
    const { code, stdout, stderr } = await runOn(database, ['--syslog', `tcp://127.0.0.1:${port}`, '--format', 'json']);
    expect(code, attempt).toBe(1);
    expect(stderr).toMatch(new RegExp(`^leaktally: [^\\n]*tcp://127\\.0\\.0\\.1:${port}[^\\n]*\\n$`));
    expect((JSON.parse(stdout) as JsonReport).leaks).toMatchObject([{ status: 'new', alert: 'failed' }]);
  }
  expect((await reportOf(database, working)).leaks).toMatchObject([{ status: 'new', alert: 'sent' }]);
  expect((await reportOf(database, working)).leaks).toMatchObject([{ status: 'known', alert: 'none' }]);
  expect(await newRecords()).toHaveLength(1);
});

test('an alert that was not acknowledged is sent again under its id', async ({
  database,
  rsyslog,
  working,
  hesitant,
}) => {
  const failing = runOn(database, ['--syslog', hesitant.patientUrl]);
  const ids = alertIds(await hesitant.waitForRecords(1));
  hesitant.reset();
  expect((await failing).code).toBe(1);

  const newRecords = await recordsFromNow(rsyslog);
  expect((await reportOf(database, working)).leaks).toMatchObject([{ status: 'new', alert: 'sent' }]);
  expect(alertIds(await newRecords())).toEqual(ids);
});

test('a run killed between sending and recording repeats one alert under its id and loses none', async ({
  database,
  rsyslog,
  working,
  hesitant,
}) => {
  await insertEvents(database, [{ epoch: (await database.now()) - 60, source: '10.1.1.6', bytes: 110 * MB }]);
  const run = startOn(database, ['--syslog', hesitant.patientUrl]);
  const [id] = alertIds(await hesitant.waitForRecords(1));
  expect((await run.kill()).signal).toBe('SIGKILL');

  const newRecords = await recordsFromNow(rsyslog);
  expect((await nextRun(() => runOn(database, working))).code).toBe(0);
  const alerts = (await newRecords()).map(parseAlert);
  expect(alerts.map((alert) => alert['Source IP'])).toEqual(['10.1.1.5', '10.1.1.6']);
  expect(alerts[0]?.Alert).toBe(id);
});

test('a leak whose alert failed is still alerted when its bytes have left the window', async ({
  database,
  rsyslog,
  working,
}) => {
  expect((await runOn(database, ['--syslog', `tcp://127.0.0.1:${await freePort()}`])).code).toBe(1);
  await database.query('update alm_bulletin_board_data set epoch = epoch - 90000');
  const newRecords = await recordsFromNow(rsyslog);
  expect((await runOn(database, working)).code).toBe(0);
  const alerts = (await newRecords()).map(parseAlert);
  expect(alerts.map((alert) => alert['Total Byte Exfil'])).toEqual(['120000000']);
});

test('a syslog host that does not exist fails the run in one line', async ({ database }) => {
  for (const transport of ['udp', 'tcp']) {
    const { code, stderr } = await runOn(database, ['--syslog', `${transport}://receiver.invalid:514`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^leaktally: [^\n]*receiver\.invalid[^\n]*\n$/);
  }
});
