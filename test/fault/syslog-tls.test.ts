import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { type CommandResult, runOn } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';
import { alertDestinations } from '../support/receivers/parse-alert.ts';
import { type Authority, createAuthority } from '../support/servers/certificates.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

const test = base
  .extend('authority', { scope: 'file' }, () => createAuthority('ours'))
  .extend('stranger', { scope: 'file' }, () => createAuthority('stranger'))
  .extend('tls', { scope: 'file' }, ({ authority }) => ({ ca: authority.cert, ...authority.issue('localhost') }))
  .extend('secure', { scope: 'file' }, async ({ tls }, { onCleanup }) => {
    const server = await startRsyslog(tls);
    onCleanup(() => server.stop());
    return server;
  })
  /** Asks for a client certificate. */
  .extend('strict', { scope: 'file' }, async ({ tls }, { onCleanup }) => {
    const server = await startRsyslog({ ...tls, clientCertificate: true });
    onCleanup(() => server.stop());
    return server;
  })
  .extend('destination', { auto: true }, async ({ database }) => (await insertLeaks(database, 1))[0] as string)
  /** Runs with this receiver and these parameters in its URL. */
  .extend('sendOverTls', ({ database }) => {
    return async ({ port, records }: RsyslogServer, host: string, parameters: Record<string, string>) => {
      const before = records().length;
      const query = new URLSearchParams({ timeout: '5s', ...parameters });
      const result = await runOn(database, ['--syslog', `tls://${host}:${port}?${query}`]);
      return { ...result, added: () => records().slice(before) };
    };
  })
  .extend('expectSent', ({ destination }) => {
    return async ({ code, stderr, added }: Run, receiver: RsyslogServer, before: number) => {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      await receiver.waitForRecords(before + 1);
      expect(alertDestinations(added())).toEqual([destination]);
    };
  });

interface Run extends CommandResult {
  /** The records that have arrived since the run began. */
  added(): string[];
}

function expectRefused({ code, stderr, added }: Run, reason: RegExp): void {
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/1 alert still due/)]);
  expect(stderr).toMatch(reason);
  expect(added()).toEqual([]);
}

test.for(['rfc3164', 'rfc5424'])(
  'a receiver with a certificate of the named CA gets the alert (%s)',
  async (format, { database, authority, secure }) => {
    const before = secure.records().length;
    const query = new URLSearchParams({ ca: authority.cert });
    const syslog = ['--syslog', `tls://localhost:${secure.port}?${query}`, '--syslog-format', format];
    const { code, stderr } = await runOn(database, syslog);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await secure.waitForRecords(before + 1)).slice(before)).toHaveLength(1);
  },
);

test('octet-counting framing arrives as one whole record', async ({ authority, secure, sendOverTls, expectSent }) => {
  const before = secure.records().length;
  await expectSent(
    await sendOverTls(secure, 'localhost', { ca: authority.cert, framing: 'octet-counting' }),
    secure,
    before,
  );
});

test('a certificate of another CA is refused', async ({ stranger, secure, sendOverTls }) => {
  expectRefused(await sendOverTls(secure, 'localhost', { ca: stranger.cert }), /trusted CA/);
});

test('without a named CA, a private CA is refused', async ({ secure, sendOverTls }) => {
  expectRefused(await sendOverTls(secure, 'localhost', {}), /trusted CA/);
});

test('verify=ca does not accept another CA', async ({ stranger, secure, sendOverTls }) => {
  expectRefused(await sendOverTls(secure, '127.0.0.1', { ca: stranger.cert, verify: 'ca' }), /trusted CA/);
});

test('a certificate for another host is refused', async ({ authority, secure, sendOverTls }) => {
  expectRefused(await sendOverTls(secure, '127.0.0.1', { ca: authority.cert }), /for another host/);
});

test('a certificate for another host is accepted with verify=ca', async ({
  authority,
  secure,
  sendOverTls,
  expectSent,
}) => {
  const before = secure.records().length;
  await expectSent(await sendOverTls(secure, '127.0.0.1', { ca: authority.cert, verify: 'ca' }), secure, before);
});

test('a receiver that asks for a client certificate gets it', async ({
  authority,
  strict,
  sendOverTls,
  expectSent,
}) => {
  const before = strict.records().length;
  await expectSent(
    await sendOverTls(strict, 'localhost', { ca: authority.cert, ...authority.issue('client') }),
    strict,
    before,
  );
});

// TLS 1.3 lets the client write before the receiver has looked at its certificate: the receiver's end of file may then
// come after the record was written, so one attempt proves nothing.
test.for<[string, RegExp, (stranger: Authority) => Record<string, string>]>([
  ['without the client certificate that the receiver asks for', /try a client certificate, or \?framing=/, () => ({})],
  [
    'with a client certificate of another CA',
    /try another client certificate, or \?framing=/,
    (stranger) => ({ ...stranger.issue('client') }),
  ],
])('%s, the alert stays due', async ([, reason, certificate], { authority, stranger, strict, sendOverTls }) => {
  const parameters = { ca: authority.cert, ...certificate(stranger) };
  for (let attempt = 0; attempt < 8; attempt++) {
    expectRefused(await sendOverTls(strict, 'localhost', parameters), reason);
  }
});

test('a key of another certificate is named', async ({ authority, stranger, secure, sendOverTls }) => {
  const [{ cert }, { key }] = [authority.issue('client'), stranger];
  const { code, stderr } = await sendOverTls(secure, 'localhost', { ca: authority.cert, cert, key });
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining(`${cert} and ${key} do not belong together`)]);
});

const OLD: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
const MUTUAL: TlsOptions = { requestCert: true, rejectUnauthorized: true };

test.for<[string, RegExp, TlsOptions]>([
  ['speaks TLS 1.1', /it offers only TLS 1\.0 or 1\.1/, OLD],
  ['asks for a certificate', /it wants a client certificate/, MUTUAL],
  ['asks for one over TLS 1.2', /if it wants a client certificate/, { ...MUTUAL, maxVersion: 'TLSv1.2' }],
])('the error explains a receiver that %s', async ([, reason, options], { tls, secure, sendOverTls }) => {
  const files = { cert: readFileSync(tls.cert), key: readFileSync(tls.key), ca: readFileSync(tls.ca) };
  const receiver = createServer({ ...files, ...options }, (socket) => socket.on('error', () => undefined).resume());
  await once(receiver.on('tlsClientError', () => undefined).listen(0, '127.0.0.1'), 'listening');
  const { port } = receiver.address() as AddressInfo;
  const { code, stderr } = await sendOverTls({ ...secure, port }, 'localhost', { ca: tls.ca });
  receiver.close();
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(reason)]);
  expect(stderr).not.toMatch(/SSL routines/);
});

test('a receiver that speaks no TLS does not get the alert in the clear', async ({
  authority,
  rsyslog,
  sendOverTls,
}) => {
  const { code, stderr } = await sendOverTls(rsyslog, 'localhost', { ca: authority.cert, timeout: '2s' });
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/syslog tls.*1 alert still due/)]);
  expect(rsyslog.records().join()).not.toContain('Data Leak');
});

test('a missing CA file is named', async ({ secure, sendOverTls }) => {
  const { code, stderr } = await sendOverTls(secure, 'localhost', { ca: 'no-such-ca.pem' });
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('no-such-ca.pem')]);
});
