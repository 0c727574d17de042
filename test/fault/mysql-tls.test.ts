import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { lines } from '../support/receivers/alerts.ts';
import { type Authority, type Certificate, createAuthority } from '../support/servers/certificates.ts';
import { createTestDatabase, type MariadbServer, startMariadb, type TestDatabase } from '../support/servers/mariadb.ts';

const PASSWORD = 'over-tls-only';

let authority: Authority;
let stranger: Authority;
let client: Certificate;
let server: MariadbServer;
let database: TestDatabase;
beforeAll(async () => {
  authority = createAuthority('ours');
  stranger = createAuthority('stranger');
  client = authority.issue('client');
  const { cert, key } = authority.issue('localhost');
  server = await startMariadb([`--ssl-ca=${authority.cert}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`]);
  database = await createTestDatabase(server);
  for (const [user, requirement] of [
    ['encrypted', 'require ssl'],
    ['certified', 'require x509'],
  ] as const) {
    await database.connection.query(`create user ${user}@'%' identified by '${PASSWORD}' ${requirement}`);
    await database.connection.query(`grant all on ${database.name}.* to ${user}@'%'`);
  }
});
afterAll(async () => {
  await database.drop();
  await server.stop();
});

/** A dry run as a user whom the server lets in over TLS only. */
function run(host: string, parameters: Record<string, string>, user = 'encrypted') {
  const url = `mysql://${user}@${host}:${server.port}/${database.name}?${new URLSearchParams(parameters)}`;
  return leaktally(['--database', url, '--dry-run'], { env: { LEAKTALLY_DATABASE_PASSWORD: PASSWORD } });
}

test.each<[string, string, Record<string, string>]>([
  ['by default', '127.0.0.1', {}],
  ['with preferred', '127.0.0.1', { 'ssl-mode': 'preferred' }],
  ['with required', '127.0.0.1', { 'ssl-mode': 'required' }],
  ['with REQUIRED, as MySQL writes it', '127.0.0.1', { 'ssl-mode': 'REQUIRED' }],
])('%s, the connection is encrypted', async (_, host, parameters) => {
  const { code, stderr } = await run(host, parameters);
  expect(code, stderr).toBe(0);
});

test.each([
  ['with TLS', () => server],
  ['without', () => inject('mariadb')],
])('by default, a server %s is connected to once: it would log a connection that is given up', async (_, find) => {
  const target = await createTestDatabase(find());
  let connections = 0;
  const relay = createServer((client) => {
    connections++;
    const { hostname, port } = new URL(target.url);
    const toServer = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, toServer],
      [toServer, client],
    ] as const) {
      from.on('error', () => to.destroy()).pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const url = new URL(target.url);
  url.port = String((relay.address() as AddressInfo).port);
  const { code, stderr } = await leaktally(['--database', url.href, '--dry-run'], { env: target.env });
  relay.close();
  await target.drop();
  expect({ code, connections }, stderr).toEqual({ code: 0, connections: 1 });
});

test('with disabled, the connection is not encrypted', async () => {
  const { code, stderr } = await run('127.0.0.1', { 'ssl-mode': 'disabled' });
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringContaining('Access denied')]);
});

test('verify_ca accepts our CA, whatever the host name', async () => {
  const { code, stderr } = await run('127.0.0.1', { 'ssl-mode': 'verify_ca', 'ssl-ca': authority.cert });
  expect(code, stderr).toBe(0);
});

test('verify_identity accepts our CA and the right host name', async () => {
  const { code, stderr } = await run('localhost', { 'ssl-mode': 'verify_identity', 'ssl-ca': authority.cert });
  expect(code, stderr).toBe(0);
});

test.each(['verify_ca', 'verify_identity'])('%s refuses another CA', async (mode) => {
  for (const ca of [{ 'ssl-ca': stranger.cert }, {}]) {
    const { code, stderr } = await run('localhost', { 'ssl-mode': mode, ...ca });
    expect(code).toBe(1);
    expect(lines(stderr)).toEqual([expect.stringMatching(/TLS|certificate/)]);
  }
});

test('verify_identity refuses another host name', async () => {
  const { cert, key } = authority.issue('other.example.net');
  const misnamed = await startMariadb([`--ssl-ca=${authority.cert}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`]);
  const other = await createTestDatabase(misnamed);
  const query = new URLSearchParams({ 'ssl-mode': 'verify_identity', 'ssl-ca': authority.cert });
  const { code, stderr } = await leaktally(
    ['--database', `${other.url.replace('127.0.0.1', 'localhost')}?${query}`, '--dry-run'],
    { env: other.env },
  );
  await other.drop();
  await misnamed.stop();
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringMatching(/TLS|certificate/)]);
});

test('verify_identity does not accept a certificate that lacks the address of the URL', async () => {
  const { code } = await run('127.0.0.1', { 'ssl-mode': 'verify_identity', 'ssl-ca': authority.cert });
  expect([1, 2]).toContain(code);
});

test('a client certificate is shown to a server that wants one', async () => {
  const files = { 'ssl-mode': 'required', 'ssl-cert': client.cert, 'ssl-key': client.key };
  const [withIt, without] = [await run('127.0.0.1', files, 'certified'), await run('127.0.0.1', {}, 'certified')];
  expect([withIt.code, without.code], withIt.stderr).toEqual([0, 1]);
});

test.each(['required', 'verify_ca', 'verify_identity'])('%s refuses a server without TLS', async (mode) => {
  const plain = await createTestDatabase(inject('mariadb'));
  const url = `${plain.url.replace('127.0.0.1', 'localhost')}?ssl-mode=${mode}`;
  const { code, stderr } = await leaktally(['--database', url, '--dry-run'], { env: plain.env });
  await plain.drop();
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringContaining('the server does not support TLS')]);
});

test.each([[{ 'ssl-mode': 'verify_full' }], [{ 'ssl-mode': 'required', 'ssl-cert': 'cert.pem' }]])(
  'TLS settings that make no sense are refused: %o',
  async (parameters) => {
    expect((await run('127.0.0.1', parameters)).code).toBe(2);
  },
);

test('a CA file that is missing is named', async () => {
  const { code, stderr } = await run('localhost', { 'ssl-mode': 'verify_ca', 'ssl-ca': 'no-such-ca.pem' });
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([expect.stringContaining('no-such-ca.pem')]);
});
