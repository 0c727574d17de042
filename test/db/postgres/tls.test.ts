import { test as base, expect, inject } from 'vitest';
import { insertLeak } from '../../support/builders/events.ts';
import { checksOf } from '../../support/command/check-report.ts';
import { expectNoSecret, expectOneLineFailure } from '../../support/command/expectations.ts';
import { type CommandResult, runOn } from '../../support/command/leaktally.ts';
import { type Authority, type Certificate, createAuthority } from '../../support/servers/certificates.ts';
import { changeUrl } from '../../support/servers/database.ts';
import { createPostgresDatabase } from '../../support/servers/postgres.ts';
import { startPostgresWithTls } from '../../support/servers/postgres-tls.ts';

const PASSWORD = 'over-tls#only?';
/** How each user may log in: over TLS only, without TLS only, or with a client certificate. */
const ENTRANCES = `hostssl all encrypted all scram-sha-256
hostnossl all plain all scram-sha-256
hostssl all certified all cert
host all postgres all scram-sha-256
local all postgres scram-sha-256`;

const test = base
  .extend('authority', { scope: 'file' }, () => createAuthority('ours'))
  .extend('stranger', { scope: 'file' }, () => createAuthority('stranger'))
  .extend('server', { scope: 'file' }, async ({ authority }, { onCleanup }) => {
    const server = await startPostgresWithTls(authority.issue('localhost'), authority);
    onCleanup(() => server.stop());
    return server;
  })
  .extend('database', { scope: 'file' }, async ({ server }, { onCleanup }) => {
    const database = await createPostgresDatabase(server);
    onCleanup(() => database.drop());
    await insertLeak(database);
    for (const user of ['encrypted', 'plain', 'certified']) {
      await database.query(`create user ${user} password '${PASSWORD}'; grant usage on schema plixer to ${user};
        grant select on all tables in schema plixer to ${user}`);
    }
    const [row] = await database.query<{ hba_file: string }>('show hba_file');
    const lines = ENTRANCES.split('\n').map((line) => `('${line}')`);
    await database.query(`copy (values ${lines.join(', ')}) to '${row?.hba_file}'`);
    await database.query('select pg_reload_conf()');
    return database;
  })
  /** A dry run, which finds the leak if it may log in. */
  .extend('connect', ({ server, database }) => async (parameters: Record<string, string>, how: How = {}) => {
    const { user = 'encrypted', host = 'localhost', port = server.port } = how;
    const url = `postgres://${user}@${host}:${port}/${database.name}?${new URLSearchParams(parameters)}`;
    return runOn({ url, env: { LEAKTALLY_DATABASE_PASSWORD: PASSWORD } }, ['--dry-run']);
  });

interface How {
  readonly user?: string;
  readonly host?: string;
  readonly port?: number;
}

function expectIn({ code, stdout, stderr }: CommandResult): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('10.1.1.5');
}

function expectRefused(result: CommandResult, says: RegExp): void {
  expectOneLineFailure(result, says);
  expectNoSecret(result, PASSWORD);
}

const ca = ({ cert }: Authority) => ({ sslrootcert: cert });

test.for([{}, { sslmode: 'prefer' }, { sslmode: 'require' }])(
  'with %o the connection is encrypted',
  async (mode, { connect }) => {
    expectIn(await connect(mode, { host: '127.0.0.1' }));
  },
);

test('with disable, the connection is not encrypted', async ({ connect }) => {
  expectIn(await connect({ sslmode: 'disable' }, { user: 'plain' }));
  expectRefused(await connect({ sslmode: 'disable' }), /no encryption/);
});

test.for([
  ['prefer', /^PostgreSQL .*, TLSv1\.\d$/],
  ['disable', /^PostgreSQL .*, not encrypted$/],
] as const)('the check says how a connection with %s is protected', async ([mode, says], { server, database }) => {
  const url = `postgres://postgres@localhost:${server.port}/${database.name}?sslmode=${mode}`;
  expect((await checksOf({ ...database, url }))['database.connection']?.detail).toMatch(says);
});

test('prefer goes without encryption when the server insists, require does not', async ({ connect }) => {
  expectRefused(await connect({ sslmode: 'require' }, { user: 'plain' }), /pg_hba\.conf/);
  expectIn(await connect({ sslmode: 'prefer' }, { user: 'plain' }));
});

test('verify-ca accepts our CA, whatever the host name', async ({ authority, connect }) => {
  for (const host of ['127.0.0.1', 'localhost']) {
    expectIn(await connect({ sslmode: 'verify-ca', ...ca(authority) }, { host }));
  }
});

test('verify-full accepts our CA and the right host name', async ({ authority, connect }) => {
  expectIn(await connect({ sslmode: 'verify-full', ...ca(authority) }));
});

test.for(['verify-ca', 'verify-full'])(
  '%s refuses another CA, and ours unless it is named',
  async (sslmode, { stranger, connect }) => {
    for (const files of [ca(stranger), {}]) {
      expectRefused(await connect({ sslmode, ...files }), /certificate is not from a trusted CA; name the CA file/);
    }
  },
);

test('verify-full refuses another host name, which verify-ca accepts', async ({ authority }) => {
  const misnamed = await startPostgresWithTls(authority.issue('other.example.net'), authority);
  try {
    const other = await createPostgresDatabase(misnamed);
    await insertLeak(other);
    await other.drop();
    const ask = (sslmode: string) => {
      const parameters = new URLSearchParams({ sslmode, ...ca(authority) });
      const url = `${changeUrl(other.url, { host: 'localhost' })}?${parameters}`;
      return runOn({ ...other, url }, ['--dry-run']);
    };
    expectRefused(await ask('verify-full'), /certificate is for another host/);
    expectIn(await ask('verify-ca'));
  } finally {
    await misnamed.stop();
  }
});

test('verify-full does not accept a certificate that lacks the address of the URL', async ({ authority, connect }) => {
  const result = await connect({ sslmode: 'verify-full', ...ca(authority) }, { host: '127.0.0.1' });
  expectRefused(result, /certificate is for another host/);
});

test('a server that asks for a client certificate gets it', async ({ authority, connect }) => {
  const { cert, key } = authority.issue('certified');
  expectIn(await connect({ sslmode: 'require', sslcert: cert, sslkey: key }, { user: 'certified' }));
  expectRefused(await connect({ sslmode: 'require' }, { user: 'certified' }), /certificate/);
});

test.for(['require', 'verify-ca', 'verify-full'])('%s refuses a server without TLS', async (sslmode, { connect }) => {
  expectRefused(await connect({ sslmode }, { port: inject('postgres').port }), /the server does not support TLS/);
});

test.each(['prefer', 'disable'])('%s accepts a server without TLS', async (sslmode) => {
  const plain = await createPostgresDatabase(inject('postgres'));
  await insertLeak(plain);
  const result = await runOn({ ...plain, url: `${plain.url}?sslmode=${sslmode}` }, ['--dry-run']);
  await plain.drop();
  expectIn(result);
});

test.for<[Record<string, string>, number, RegExp]>([
  [{ sslmode: 'verify_full' }, 2, /verify-full/],
  [{ sslmode: 'require', sslcert: 'cert.pem' }, 2, /sslkey/],
  [{ 'ssl-mode': 'required' }, 2, /sslmode/],
  [{ sslmode: 'verify-ca', sslrootcert: 'no-such-ca.pem' }, 1, /no-such-ca\.pem/],
])('TLS settings that make no sense are refused: %o', async ([parameters, code, says], { connect }) => {
  const result = await connect(parameters);
  expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/^leaktally: [^\n]+\n$/) });
  expect(result.stderr).toMatch(says);
});

test.for<[string, RegExp, (authority: Authority, stranger: Authority) => Certificate]>([
  [
    'a key of another certificate',
    / do not belong together/,
    (authority, { key }) => ({ ...authority.issue('certified'), key }),
  ],
  [
    'a client certificate of another CA',
    /it does not accept our certificate/,
    (_, stranger) => stranger.issue('certified'),
  ],
])('%s is explained', async ([, reason, certificate], { authority, stranger, connect }) => {
  const { cert, key } = certificate(authority, stranger);
  expectRefused(await connect({ sslmode: 'require', sslcert: cert, sslkey: key }, { user: 'certified' }), reason);
});
