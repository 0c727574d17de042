import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { expectNoSecret, expectOneLineFailure } from '../support/command/expectations.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';
import {
  type Imposter,
  outsideAddress,
  SCRAMBLE,
  startMysqlImposter,
  startPostgresImposter,
} from '../support/servers/imposter.ts';

const PASSWORD = 'known to two only';

const keyPair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

let imposter: Imposter;
afterEach(() => imposter.stop());

/** A run that the imposter never answers to its end. */
function run(scheme: string, host: string, parameters: Record<string, string> = {}) {
  const url = `${scheme}://u@${host}:${imposter.port}/d?${new URLSearchParams({ 'connect-timeout': '2s', ...parameters })}`;
  return leaktally(['--database', url, '--dry-run'], { env: { LEAKTALLY_DATABASE_PASSWORD: PASSWORD } });
}

/** The password, when the last 256 bytes that were received are that, encrypted for this key. */
function passwordFor(privateKey: string): string | null {
  const received = imposter.received();
  try {
    const key = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING };
    const mixed = privateDecrypt(key, received.subarray(received.length - 256));
    const bytes = mixed.map((byte, index) => byte ^ (SCRAMBLE[index % SCRAMBLE.length] as number));
    return Buffer.from(bytes).toString().replace('\0', '');
  } catch {
    return null;
  }
}

describe.each(['caching_sha2_password', 'sha256_password'])('a MySQL server that asks for %s without TLS', (plugin) => {
  test.each(['disabled', 'preferred'])('does not get it from another host with ssl-mode=%s', async (mode) => {
    const { publicKey, privateKey } = keyPair();
    imposter = await startMysqlImposter(plugin, publicKey);
    const result = await run('mysql', outsideAddress(), { 'ssl-mode': mode });
    expectOneLineFailure(result, /without TLS.*ssl-mode=verify_identity.*server-public-key/);
    expectNoSecret(result, PASSWORD);
    expect(passwordFor(privateKey)).toBeNull();
    expect(imposter.received().includes(PASSWORD)).toBe(false);
  });

  test('gets it for the key in the URL only', async () => {
    const [theirs, ours] = [keyPair(), keyPair()];
    const file = join(emptyFolder(), 'key.pem');
    writeFileSync(file, ours.publicKey);
    imposter = await startMysqlImposter(plugin, theirs.publicKey);
    const { code } = await run('mysql', outsideAddress(), { 'ssl-mode': 'disabled', 'server-public-key': file });
    expect(code).toBe(1);
    expect(passwordFor(theirs.privateKey)).toBeNull();
    expect(passwordFor(ours.privateKey)).toBe(PASSWORD);
  });

  test('gets it on this machine', async () => {
    const { publicKey, privateKey } = keyPair();
    imposter = await startMysqlImposter(plugin, publicKey);
    await run('mysql', '127.0.0.1');
    expect(passwordFor(privateKey)).toBe(PASSWORD);
  });
});

test('a key file that cannot be read is named', async () => {
  imposter = await startMysqlImposter('caching_sha2_password', keyPair().publicKey);
  expectOneLineFailure(await run('mysql', outsideAddress(), { 'server-public-key': 'no-such.pem' }), /no-such\.pem/);
});

describe('a PostgreSQL server that asks for the password in clear text without TLS', () => {
  test.each(['disable', 'prefer'])('does not get it from another host with sslmode=%s', async (sslmode) => {
    imposter = await startPostgresImposter();
    const result = await run('postgres', outsideAddress(), { sslmode });
    expectOneLineFailure(result, /clear text.*sslmode=verify-full/);
    expectNoSecret(result, PASSWORD);
    expect(imposter.received().includes(PASSWORD)).toBe(false);
  });

  test('gets it on this machine', async () => {
    imposter = await startPostgresImposter();
    await run('postgres', '127.0.0.1', { sslmode: 'disable' });
    expect(imposter.received().includes(PASSWORD)).toBe(true);
  });
});
