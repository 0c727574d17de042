import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, lines, parseAlert } from '../support/receivers/alerts.ts';
import { type Authority, type Certificate, createAuthority } from '../support/servers/certificates.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

let authority: Authority;
let stranger: Authority;
let client: Certificate;
let rsyslog: RsyslogServer;
let strict: RsyslogServer;
beforeAll(async () => {
  authority = createAuthority('ours');
  stranger = createAuthority('stranger');
  client = authority.issue('client');
  const tls = { ca: authority.cert, ...authority.issue('localhost') };
  rsyslog = await startRsyslog(tls);
  strict = await startRsyslog({ ...tls, clientCertificate: true });
});
afterAll(async () => {
  await rsyslog.stop();
  await strict.stop();
});

let database: TestDatabase;
let destination: string | undefined;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  [destination] = await insertLeaks(database.connection, 1);
});
afterEach(() => database.drop());

/** Runs against the receiver; the parameters of the URL say how. */
async function run({ port, records }: RsyslogServer, host: string, parameters: Record<string, string>) {
  const before = records().length;
  const query = new URLSearchParams({ timeout: '5s', ...parameters });
  const result = await leaktally(['--database', database.url, '--syslog', `tls://${host}:${port}?${query}`], {
    env: database.env,
  });
  return { ...result, added: () => records().slice(before) };
}

type Run = Awaited<ReturnType<typeof run>>;

async function expectSent({ code, stderr, added }: Run, receiver: RsyslogServer, before: number): Promise<void> {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await receiver.waitForRecords(before + 1);
  expect(added().map((record) => parseAlert(record).destination)).toEqual([destination]);
}

function expectRefused({ code, stderr, added }: Run, reason: RegExp): void {
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringMatching(/1 alert still due/)]);
  expect(stderr).toMatch(reason);
  expect(added()).toEqual([]);
}

test.each(['rfc3164', 'rfc5424'])(
  'a receiver with a certificate of the named CA gets the alert (%s)',
  async (format) => {
    const before = rsyslog.records().length;
    const query = new URLSearchParams({ ca: authority.cert });
    const { code, stderr } = await leaktally(
      ['--database', database.url, '--syslog', `tls://localhost:${rsyslog.port}?${query}`, '--syslog-format', format],
      { env: database.env },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await rsyslog.waitForRecords(before + 1)).slice(before)).toHaveLength(1);
  },
);

test('octet-counting framing arrives as one whole record', async () => {
  const before = rsyslog.records().length;
  await expectSent(await run(rsyslog, 'localhost', { ca: authority.cert, framing: 'octet-counting' }), rsyslog, before);
});

test('a certificate of another CA is refused', async () => {
  expectRefused(await run(rsyslog, 'localhost', { ca: stranger.cert }), /trusted CA/);
});

test('without a named CA, a private CA is refused', async () => {
  expectRefused(await run(rsyslog, 'localhost', {}), /trusted CA/);
});

test('verify=ca does not let another CA in', async () => {
  expectRefused(await run(rsyslog, '127.0.0.1', { ca: stranger.cert, verify: 'ca' }), /trusted CA/);
});

test('a certificate for another host is refused', async () => {
  expectRefused(await run(rsyslog, '127.0.0.1', { ca: authority.cert }), /for another host/);
});

test('a certificate for another host is accepted with verify=ca', async () => {
  const before = rsyslog.records().length;
  await expectSent(await run(rsyslog, '127.0.0.1', { ca: authority.cert, verify: 'ca' }), rsyslog, before);
});

test('a receiver that wants a client certificate gets it', async () => {
  const before = strict.records().length;
  await expectSent(await run(strict, 'localhost', { ca: authority.cert, ...client }), strict, before);
});

// TLS 1.3 lets the client write before the receiver has looked at its certificate: the receiver's end of file may then
// come after the record was written, so one attempt proves nothing.
test.each<[string, () => Record<string, string>]>([
  ['without the client certificate that the receiver wants', () => ({})],
  ['with a client certificate of another CA', () => ({ ...stranger.issue('client') })],
])('%s, the alert stays due', async (_, certificate) => {
  const parameters = { ca: authority.cert, ...certificate() };
  for (let attempt = 0; attempt < 8; attempt++) {
    expectRefused(await run(strict, 'localhost', parameters), /syslog tls/);
  }
});

test('a receiver that speaks no TLS does not get the alert in the clear', async () => {
  const plain = await startRsyslog();
  try {
    const { code, stderr } = await run(plain, 'localhost', { ca: authority.cert, timeout: '2s' });
    expect(code).toBe(1);
    expect(lines(stderr)).toEqual([expect.stringMatching(/syslog tls.*1 alert still due/)]);
    expect(plain.records().join()).not.toContain('Data Leak');
  } finally {
    await plain.stop();
  }
});

test('a CA file that is missing is named', async () => {
  const { code, stderr } = await run(rsyslog, 'localhost', { ca: 'no-such-ca.pem' });
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringContaining('no-such-ca.pem')]);
});
