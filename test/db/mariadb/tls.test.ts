import { expect, inject } from 'vitest';
import { checksOf } from '../../support/command/check-report.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { linesOf } from '../../support/command/output.ts';
import { test as base } from '../../support/fixtures.ts';
import { type Authority, type Certificate, createAuthority } from '../../support/servers/certificates.ts';
import { changeUrl } from '../../support/servers/database.ts';
import { startDistance } from '../../support/servers/distant-server.ts';
import { createMariadbDatabase, type MariadbServer, startMariadb } from '../../support/servers/mariadb.ts';

const PASSWORD = 'over-tls-only';

function startWithTls(authority: Authority, host: string): Promise<MariadbServer> {
  const { cert, key } = authority.issue(host);
  return startMariadb([`--ssl-ca=${authority.cert}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`]);
}

const test = base
  .extend('authority', { scope: 'file' }, () => createAuthority('ours'))
  .extend('stranger', { scope: 'file' }, () => createAuthority('stranger'))
  .extend('mariadb', { scope: 'file' }, async ({ authority }, { onCleanup }) => {
    const server = await startWithTls(authority, 'localhost');
    onCleanup(() => server.stop());
    return server;
  })
  /** A dry run as a user who may log in over TLS only. */
  .extend('connect', ({ mariadb, sharedDatabase }) => {
    return async (host: string, parameters: Record<string, string>, user = 'encrypted') => {
      const url = `mysql://${user}@${host}:${mariadb.port}/${sharedDatabase.name}?${new URLSearchParams(parameters)}`;
      return runOn({ url, env: { LEAKTALLY_DATABASE_PASSWORD: PASSWORD } }, ['--dry-run']);
    };
  });
test.beforeAll(async ({ sharedDatabase }) => {
  for (const [user, requirement] of [
    ['encrypted', 'require ssl'],
    ['certified', 'require x509'],
  ] as const) {
    await sharedDatabase.query(`create user ${user}@'%' identified by '${PASSWORD}' ${requirement}`);
    await sharedDatabase.query(`grant all on ${sharedDatabase.name}.* to ${user}@'%'`);
  }
});

test.for<[string, string, Record<string, string>]>([
  ['by default', '127.0.0.1', {}],
  ['with preferred', '127.0.0.1', { 'ssl-mode': 'preferred' }],
  ['with required', '127.0.0.1', { 'ssl-mode': 'required' }],
  ['with REQUIRED, as MySQL writes it', '127.0.0.1', { 'ssl-mode': 'REQUIRED' }],
])('%s, the connection is encrypted', async ([, host, parameters], { connect }) => {
  const { code, stderr } = await connect(host, parameters);
  expect(code, stderr).toBe(0);
});

test.for([
  ['preferred', /^MariaDB \S+, TLSv1\.\d$/],
  ['disabled', /^MariaDB \S+, not encrypted$/],
] as const)(
  'the check says how a connection with %s is protected',
  async ([mode, says], { mariadb, sharedDatabase }) => {
    const url = `mysql://root@127.0.0.1:${mariadb.port}/${sharedDatabase.name}?ssl-mode=${mode}`;
    expect((await checksOf({ ...sharedDatabase, url }))['database.connection']?.detail).toMatch(says);
  },
);

test.for(['with TLS', 'without TLS'])(
  'by default, a run connects only once to a server %s, which would log an abandoned connection',
  async (kind, { mariadb }) => {
    const target = await createMariadbDatabase(kind === 'with TLS' ? mariadb : inject('mariadb'));
    const distance = await startDistance(Number(new URL(target.url).port));
    const { code, stderr } = await runOn({ ...target, url: changeUrl(target.url, distance) }, ['--dry-run']);
    const { connections } = distance.count();
    await distance.stop();
    await target.drop();
    expect({ code, connections }, stderr).toEqual({ code: 0, connections: 1 });
  },
);

test('with disabled, the connection is not encrypted', async ({ connect }) => {
  const { code, stderr } = await connect('127.0.0.1', { 'ssl-mode': 'disabled' });
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('Access denied')]);
});

test('verify_ca accepts our CA, whatever the host name', async ({ authority, connect }) => {
  const { code, stderr } = await connect('127.0.0.1', { 'ssl-mode': 'verify_ca', 'ssl-ca': authority.cert });
  expect(code, stderr).toBe(0);
});

test('verify_identity accepts our CA and the right host name', async ({ authority, connect }) => {
  const { code, stderr } = await connect('localhost', { 'ssl-mode': 'verify_identity', 'ssl-ca': authority.cert });
  expect(code, stderr).toBe(0);
});

test.for(['verify_ca', 'verify_identity'])('%s refuses another CA', async (mode, { stranger, connect }) => {
  for (const ca of [{ 'ssl-ca': stranger.cert }, {}]) {
    const { code, stderr } = await connect('localhost', { 'ssl-mode': mode, ...ca });
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual([
      expect.stringContaining('its certificate is not from a trusted CA; name the CA file in the URL'),
    ]);
  }
});

test('verify_identity refuses another host name', async ({ authority }) => {
  const misnamed = await startWithTls(authority, 'other.example.net');
  const other = await createMariadbDatabase(misnamed);
  const query = new URLSearchParams({ 'ssl-mode': 'verify_identity', 'ssl-ca': authority.cert });
  const url = `${changeUrl(other.url, { host: 'localhost' })}?${query}`;
  const { code, stderr } = await runOn({ ...other, url }, ['--dry-run']);
  await other.drop();
  await misnamed.stop();
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([
    expect.stringContaining('its certificate is for another host; check the host name in the URL'),
  ]);
});

test('verify_identity does not accept a certificate that lacks the address of the URL', async ({
  authority,
  connect,
}) => {
  const { code, stderr } = await connect('127.0.0.1', { 'ssl-mode': 'verify_identity', 'ssl-ca': authority.cert });
  expect(code).toBe(2);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('which ssl-mode=verify_identity cannot check')]);
});

test('a server that asks for a client certificate gets it', async ({ authority, connect }) => {
  const client = authority.issue('client');
  const files = { 'ssl-mode': 'required', 'ssl-cert': client.cert, 'ssl-key': client.key };
  const [withIt, without] = [
    await connect('127.0.0.1', files, 'certified'),
    await connect('127.0.0.1', {}, 'certified'),
  ];
  expect([withIt.code, without.code], withIt.stderr).toEqual([0, 1]);
});

test.each(['required', 'verify_ca', 'verify_identity'])('%s refuses a server without TLS', async (mode) => {
  const plain = await createMariadbDatabase(inject('mariadb'));
  const url = `${changeUrl(plain.url, { host: 'localhost' })}?ssl-mode=${mode}`;
  const { code, stderr } = await runOn({ ...plain, url }, ['--dry-run']);
  await plain.drop();
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('the server does not support TLS')]);
});

test.for<Record<string, string>>([{ 'ssl-mode': 'verify_full' }, { 'ssl-mode': 'required', 'ssl-cert': 'cert.pem' }])(
  'TLS settings that make no sense are refused: %o',
  async (parameters, { connect }) => {
    expect((await connect('127.0.0.1', parameters)).code).toBe(2);
  },
);

test('a missing CA file is named', async ({ connect }) => {
  const { code, stderr } = await connect('localhost', { 'ssl-mode': 'verify_ca', 'ssl-ca': 'no-such-ca.pem' });
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('no-such-ca.pem')]);
});

test.for<[string, RegExp, (authority: Authority, stranger: Authority) => Certificate]>([
  [
    'a key of another certificate',
    / do not belong together/,
    (authority, { key }) => ({ ...authority.issue('client'), key }),
  ],
  [
    'a client certificate of another CA',
    /it does not accept our certificate/,
    (_, stranger) => stranger.issue('client'),
  ],
])('%s is explained', async ([, reason, certificate], { authority, stranger, connect }) => {
  const { cert, key } = certificate(authority, stranger);
  const { code, stderr } = await connect('127.0.0.1', { 'ssl-mode': 'required', 'ssl-cert': cert, 'ssl-key': key });
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(reason)]);
});
