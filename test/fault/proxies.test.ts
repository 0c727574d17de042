import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';
import { alertDestinations, alertIds } from '../support/receivers/parse-alert.ts';
import { neverAcknowledge, startReceiver, type Treatment } from '../support/receivers/receiver.ts';
import { recordsFromNow } from '../support/receivers/rsyslog-records.ts';
import { startStoppedListener } from '../support/receivers/stopped-listener.ts';
import { type Certificate, createAuthority } from '../support/servers/certificates.ts';
import { freePort } from '../support/servers/process.ts';
import { type ProxyServer, startHaproxy, startLogForward, startNginx } from '../support/servers/proxies.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

const NOT_ACKNOWLEDGED =
  /^leaktally: syslog t.*: no acknowledgement within 1 s, .*may or may not have arrived; .*proxy.*\?ack=3s.*\?ack=none.*; 1 alert still due/;

type StartProxy = (server: number, certificate: Certificate) => Promise<ProxyServer>;

const PROXIES: readonly [string, 'tcp' | 'tls', StartProxy][] = [
  ['HAProxy', 'tcp', (server) => startHaproxy(server)],
  ['HAProxy that ends TLS', 'tls', startHaproxy],
  ['nginx', 'tcp', startNginx],
];

const test = base
  .extend('authority', { scope: 'file' }, () => createAuthority('ours'))
  .extend('destination', { auto: true }, async ({ database }) => (await insertLeaks(database, 1))[0] as string)
  /** Runs with such a proxy in front of this port. */
  .extend('runThrough', ({ runTo, authority }, { onCleanup }) => {
    return async ([, transport, startProxy]: (typeof PROXIES)[number], server: number) => {
      const { port, stop } = await startProxy(server, authority.issue('localhost'));
      onCleanup(stop);
      return runTo(`${transport}://localhost:${port}${transport === 'tls' ? `?ca=${authority.cert}` : ''}`);
    };
  });

test.for(PROXIES)(
  '%s passes the acknowledgement of a receiver on',
  async (proxy, { runThrough, rsyslog, destination }) => {
    const newRecords = await recordsFromNow(rsyslog);
    const { code, stderr } = await runThrough(proxy, rsyslog.port);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(alertDestinations(await newRecords())).toEqual([destination]);
  },
);

test.for(PROXIES)('%s in front of a receiver that does not answer', async (proxy, { database, runThrough }) => {
  const down = await startStoppedListener();
  const { code, stderr } = await runThrough(proxy, down.port);
  await down.stop();
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(NOT_ACKNOWLEDGED)]);
  expect(await dueAlertIds(database)).toHaveLength(1);
});

test.for(PROXIES)('%s in front of a closed port', async (proxy, { database, runThrough }) => {
  const { code, stderr } = await runThrough(proxy, await freePort());
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/^leaktally: syslog t.*1 alert still due/)]);
  expect(await dueAlertIds(database)).toHaveLength(1);
});

test('HAProxy that forwards records and never closes gets an alert once, with ack=none', async ({
  database,
  rsyslog,
  runTo,
}) => {
  const newRecords = await recordsFromNow(rsyslog);
  const forwarding = await startLogForward(rsyslog.port);
  const syslog = `tcp://127.0.0.1:${forwarding.port}`;
  const first = await runTo(syslog);
  const due = await dueAlertIds(database);
  const [second, third] = [await runTo(`${syslog}?ack=none`), await runTo(`${syslog}?ack=none`)];
  await forwarding.stop();
  expect([first.code, second.code, third.code]).toEqual([1, 0, 0]);
  expect(linesOf(first.stderr)).toEqual([expect.stringMatching(NOT_ACKNOWLEDGED)]);
  expect([second.stderr, third.stderr]).toEqual(['', '']);
  expect(alertIds(await newRecords())).toEqual([...due, ...due]);
});

test('with ack=none, a receiver that reads and never closes has got the alert', async ({ database, runTo }) => {
  const silent = await startReceiver(neverAcknowledge);
  const { code, stderr } = await runTo(`${silent.url}&ack=none`);
  await silent.stop();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(silent.records()).toHaveLength(1);
  expect(await dueAlertIds(database)).toEqual([]);
});

test.for<[string, Treatment]>([
  ['resets the connection when it opens', ({ socket }) => socket.resetAndDestroy()],
  ['resets the connection after the record', ({ socket, read }) => read().then(() => socket.resetAndDestroy())],
  ['closes the connection when it opens', ({ socket }) => socket.destroy()],
])('with ack=none, a receiver that %s has not got the alert', async ([, treat], { database, runTo }) => {
  const broken = await startReceiver(treat);
  const { code, stderr } = await runTo(`${broken.url}&ack=none`);
  await broken.stop();
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/the receiver closed the connection.*1 alert still due/)]);
  expect(await dueAlertIds(database)).toHaveLength(1);
});

test('a slow receiver has the time that ?ack gives it', async ({ runTo }) => {
  const slow = await startReceiver(({ socket, read }) => read().then(() => setTimeout(() => socket.end(), 1800)));
  const patient = slow.url.replace('timeout=2s', 'timeout=1m');
  const [first, second] = [await runTo(patient), await runTo(`${patient}&ack=3s`)];
  await slow.stop();
  expect([first.code, second.code]).toEqual([1, 0]);
});

test('the error names octet counting when a receiver closes the connection on a line feed', async ({ runTo }) => {
  // Like the source syslog() of syslog-ng.
  const strict = await startReceiver(({ socket, accept }) => {
    socket.once('data', (text) => /^\d+ </.test(String(text)) || socket.destroy());
    return accept();
  });
  const [first, second] = [await runTo(strict.url), await runTo(`${strict.url}&framing=octet-counting`)];
  await strict.stop();
  expect([first.code, second.code]).toEqual([1, 0]);
  expect(linesOf(first.stderr)).toEqual([expect.stringContaining('try ?framing=octet-counting')]);
});
