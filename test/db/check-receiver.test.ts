import { expect } from 'vitest';
import { insertLeak } from '../support/builders/events.ts';
import { checksOf } from '../support/command/check-report.ts';
import { test as base } from '../support/fixtures.ts';
import { NOBODY_LISTENS, neverAcknowledge, startReceiver } from '../support/receivers/receiver.ts';
import { startUdpReceiver } from '../support/receivers/udp-receiver.ts';
import { dump } from '../support/servers/dump.ts';
import { freePort } from '../support/servers/process.ts';

const test = base.extend('testOf', ({ database }) => async (...args: string[]) => {
  return (await checksOf(database, args))['syslog.test'];
});
test.beforeEach(({ database }) => insertLeak(database));

test.for([
  ['rfc3164', 'text', /^<174>\w{3} [ \d]\d [\d:]{8} \S+ DATAEXFIL\[\d+\]: leaktally test: /],
  ['rfc3164', 'cef', /^<174>\w{3} [ \d]\d [\d:]{8} \S+ leaktally test: /],
  ['rfc5424', 'json', /^<174>1 \S+ \S+ DATAEXFIL \d+ - - (\ufeff)?leaktally test: /],
] as const)(
  'in %s with %s alerts, one record is acknowledged, which is no alert and writes nothing',
  async ([format, alertFormat, record], { database, receiver, testOf }) => {
    const before = await dump(database);
    const point = await testOf('--syslog', receiver.url, '--syslog-format', format, '--alert-format', alertFormat);
    expect(point).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+ acknowledged a test record within \d+ ms$/),
    });
    expect(receiver.records()).toEqual([expect.stringMatching(record)]);
    expect(receiver.records()[0]).not.toMatch(/data leak/i);
    expect(await dump(database)).toEqual(before);
  },
);

test('over UDP, the check says what UDP cannot say', async ({ testOf }) => {
  const receiver = await startUdpReceiver();
  const point = await testOf('--syslog', `udp://127.0.0.1:${receiver.port}`);
  const [datagram] = await receiver.waitForDatagrams(1);
  receiver.stop();
  expect(point).toMatchObject({ status: 'ok', detail: expect.stringContaining('as far as UDP tells') });
  expect(datagram).toContain('leaktally test: ');
  const closed = await testOf('--syslog', `udp://127.0.0.1:${await freePort()}`);
  expect(closed).toMatchObject({ status: 'fail', detail: expect.stringContaining('connection refused') });
});

test('a receiver that is down, or does not acknowledge, fails', async ({ testOf }) => {
  expect(await testOf('--syslog', NOBODY_LISTENS)).toMatchObject({
    status: 'fail',
    detail: 'syslog tcp://127.0.0.1:1: connection refused',
    advice: 'check that the receiver runs, and the port',
  });
  const receiver = await startReceiver(neverAcknowledge);
  const silent = await testOf('--syslog', receiver.url);
  const trusted = await testOf('--syslog', `${receiver.url}&ack=none`);
  await receiver.stop();
  expect(silent).toMatchObject({ status: 'fail', detail: expect.stringContaining('no acknowledgement within') });
  expect(trusted).toMatchObject({ status: 'ok', detail: expect.stringContaining('with ack=none') });
});

test('without a receiver, and in a dry run, nothing is sent', async ({ receiver, testOf }) => {
  expect(await testOf()).toMatchObject({ status: 'ok', detail: 'none (--no-syslog): the report is the alert' });
  const dry = await testOf('--syslog', receiver.url, '--dry-run');
  expect(dry).toMatchObject({ status: 'ok', detail: expect.stringContaining('not tried in a dry run') });
  expect(receiver.connections()).toBe(0);
});
