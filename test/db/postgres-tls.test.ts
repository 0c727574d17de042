import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type CommandResult, leaktally } from '../support/command/command.ts';
import { expectNoSecret, expectOneLineFailure } from '../support/command/expectations.ts';
import { type Authority, createAuthority } from '../support/servers/certificates.ts';
import { createPostgresDatabase, type PostgresDatabase, type PostgresServer } from '../support/servers/postgres.ts';
import { insertPostgresLeaks } from '../support/servers/postgres-scan.ts';
import { startPostgresWithTls } from '../support/servers/postgres-tls.ts';

const PASSWORD = 'over-tls#only?';
/** How the server lets each user in: over TLS only, without TLS only, or by a certificate. */
const ENTRANCES = `hostssl all encrypted all scram-sha-256
hostnossl all plain all scram-sha-256
hostssl all certified all cert
host all postgres all scram-sha-256
local all postgres scram-sha-256`;

let [authority, stranger]: Authority[] = [];
let server: PostgresServer;
let database: PostgresDatabase;
beforeAll(async () => {
  [authority, stranger] = [createAuthority('ours'), createAuthority('stranger')];
  server = await startPostgresWithTls(authority.issue('localhost'), authority);
  database = await createPostgresDatabase(server);
  await insertPostgresLeaks(database);
  const { client } = database;
  for (const user of ['encrypted', 'plain', 'certified']) {
    await client.query(`create user ${user} password '${PASSWORD}'; grant usage on schema plixer to ${user};
      grant select on all tables in schema plixer to ${user}`);
  }
  const { rows } = await client.query<{ hba_file: string }>('show hba_file');
  const lines = ENTRANCES.split('\n').map((line) => `('${line}')`);
  await client.query(`copy (values ${lines.join(', ')}) to '${rows[0]?.hba_file}'`);
  await client.query('select pg_reload_conf()');
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

interface Ask {
  readonly user?: string;
  readonly host?: string;
  readonly port?: number;
}

/** A dry run that finds the leak when it gets in. */
function run(parameters: Record<string, string>, { user = 'encrypted', host, port }: Ask = {}): Promise<CommandResult> {
  const place = `${host ?? 'localhost'}:${port ?? server.port}`;
  const url = `postgres://${user}@${place}/${database.name}?${new URLSearchParams(parameters)}`;
  return leaktally(['--database', url, '--dry-run'], { env: { LEAKTALLY_DATABASE_PASSWORD: PASSWORD } });
}

function expectIn({ code, stdout, stderr }: CommandResult): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('10.1.1.5');
}

function expectRefused(result: CommandResult, says: RegExp): void {
  expectOneLineFailure(result, says);
  expectNoSecret(result, PASSWORD);
}

const ca = (path: string | undefined) => ({ sslrootcert: path ?? '' });

test.each([{}, { sslmode: 'prefer' }, { sslmode: 'require' }])('with %o the connection is encrypted', async (mode) => {
  expectIn(await run(mode, { host: '127.0.0.1' }));
});

test('with disable, the connection is not encrypted', async () => {
  expectIn(await run({ sslmode: 'disable' }, { user: 'plain' }));
  expectRefused(await run({ sslmode: 'disable' }), /no encryption/);
});

test('prefer does without encryption where the server lets the user in only so, require does not', async () => {
  expectRefused(await run({ sslmode: 'require' }, { user: 'plain' }), /pg_hba\.conf/);
  expectIn(await run({ sslmode: 'prefer' }, { user: 'plain' }));
});

test('verify-ca accepts our CA, whatever the host name', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    expectIn(await run({ sslmode: 'verify-ca', ...ca(authority?.cert) }, { host }));
  }
});

test('verify-full accepts our CA and the right host name', async () => {
  expectIn(await run({ sslmode: 'verify-full', ...ca(authority?.cert) }));
});

test.each(['verify-ca', 'verify-full'])('%s refuses another CA, and ours where nobody named it', async (sslmode) => {
  for (const files of [ca(stranger?.cert), {}]) {
    expectRefused(await run({ sslmode, ...files }), /certificate is not from a trusted CA; name the CA file/);
  }
});

test('verify-full refuses another host name, which verify-ca accepts', async () => {
  const misnamed = await startPostgresWithTls(
    (authority as Authority).issue('other.example.net'),
    authority as Authority,
  );
  try {
    const other = await createPostgresDatabase(misnamed);
    await insertPostgresLeaks(other);
    await other.close();
    const ask = (sslmode: string) => {
      const parameters = new URLSearchParams({ sslmode, ...ca(authority?.cert) });
      const url = `${other.url.replace('127.0.0.1', 'localhost')}?${parameters}`;
      return leaktally(['--database', url, '--dry-run'], { env: other.env });
    };
    expectRefused(await ask('verify-full'), /certificate is for another host/);
    expectIn(await ask('verify-ca'));
  } finally {
    await misnamed.stop();
  }
});

test('verify-full does not accept a certificate that lacks the address of the URL', async () => {
  const result = await run({ sslmode: 'verify-full', ...ca(authority?.cert) }, { host: '127.0.0.1' });
  expectRefused(result, /certificate is for another host/);
});

test('a client certificate is shown to a server that wants one', async () => {
  const { cert, key } = (authority as Authority).issue('certified');
  expectIn(await run({ sslmode: 'require', sslcert: cert, sslkey: key }, { user: 'certified' }));
  expectRefused(await run({ sslmode: 'require' }, { user: 'certified' }), /certificate/);
});

test.each(['require', 'verify-ca', 'verify-full'])('%s refuses a server without TLS', async (sslmode) => {
  expectRefused(await run({ sslmode }, { port: inject('postgres').port }), /the server does not support TLS/);
});

test.each(['prefer', 'disable'])('%s accepts a server without TLS', async (sslmode) => {
  const plain = await createPostgresDatabase(inject('postgres'));
  await insertPostgresLeaks(plain);
  const result = await leaktally(['--database', `${plain.url}?sslmode=${sslmode}`, '--dry-run'], { env: plain.env });
  await plain.close();
  expectIn(result);
});

test.each<[Record<string, string>, number, RegExp]>([
  [{ sslmode: 'verify_full' }, 2, /verify-full/],
  [{ sslmode: 'require', sslcert: 'cert.pem' }, 2, /sslkey/],
  [{ 'ssl-mode': 'required' }, 2, /sslmode/],
  [{ sslmode: 'verify-ca', sslrootcert: 'no-such-ca.pem' }, 1, /no-such-ca\.pem/],
])('TLS settings that make no sense are refused: %o', async (parameters, code, says) => {
  const result = await run(parameters);
  expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/^leaktally: [^\n]+\n$/) });
  expect(result.stderr).toMatch(says);
});
