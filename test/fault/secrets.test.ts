import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type CommandResult, leaktally } from '../support/command/command.ts';
import { lines } from '../support/receivers/alerts.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';
import { freePort } from '../support/servers/process.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('mariadb'));
});
afterAll(() => database.drop());

const BASE = ['--no-syslog', '--debug'];

/** Not one of these pieces may show anywhere, not in a stack either. */
function expectSecret({ stdout, stderr }: CommandResult, pieces: readonly string[]): void {
  for (const piece of pieces) expect(stdout + stderr).not.toContain(piece);
}

const server = () => `127.0.0.1:${inject('mariadb').port}`;

test('a wrong password in its variable', async () => {
  const result = await leaktally(['--database', database.url, ...BASE], {
    env: { LEAKTALLY_DATABASE_PASSWORD: 'Wr0ng#pass/w?rd@home' },
  });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/Access denied.*LEAKTALLY_DATABASE_PASSWORD/);
  expectSecret(result, ['Wr0ng', 'pass/w', 'rd@home']);
});

test('a wrong password in the URL of the environment, percent-encoded', async () => {
  const result = await leaktally(BASE, {
    env: { LEAKTALLY_DATABASE_URL: `mysql://root:Wr0ng%23pa%2Fss@${server()}/${database.name}` },
  });
  expect(result.code).toBe(1);
  expectSecret(result, ['Wr0ng', '%23pa', '#pa', 'ss@']);
});

test.each([
  'q7Xk/ter2secret',
  'q7Xk#ter2secret',
  'q7Xk?ter2secret',
  'q7Xk@ter2secret',
  'q7Xk:ter2secret',
  'q7Xk%ter2secret',
  'q7Xk ter2secret',
  'q7Xk\\ter2secret',
  'q7Xk]ter2secret',
  'q7Xk"ter2secret',
  '/ter2secret',
  '#ter2secret',
  '1/ter2secret',
])('a password with raw special characters in a URL of the environment: %s', async (password) => {
  for (const variable of ['LEAKTALLY_DATABASE_URL', 'LEAKTALLY_STATE_URL']) {
    const url = `mysql://root:${password}@${server()}/${database.name}`;
    const env = { LEAKTALLY_DATABASE_URL: database.url, ...database.env, [variable]: url };
    const result = await leaktally(BASE, { env });
    expect([0, 1, 2]).toContain(result.code);
    expectSecret(result, ['q7Xk', 'ter2secret']);
  }
});

test.each([
  'hunter2secret',
  'q7Xk/ter2secret',
  'q7Xk#ter2secret',
  'q7Xk@ter2secret',
  'q7Xk%ter2secret',
  'q7Xk ter2secret',
])('a password in a URL on the command line is refused and not repeated: %s', async (password) => {
  for (const flag of ['--database', '--state']) {
    const url = `mysql://root:${password}@${server()}/${database.name}`;
    const result = await leaktally(['--database', database.url, flag, url, ...BASE], { env: database.env });
    expect(result.code).toBe(2);
    expectSecret(result, ['q7Xk', 'ter2secret']);
  }
});

test.each([
  ['an unknown host', () => 'no-such-host.invalid:3306', /host name/],
  ['a port where nobody listens', async () => `127.0.0.1:${await freePort()}`, /connection refused/],
])('%s: the password is not shown', async (_, place, said) => {
  const result = await leaktally(BASE, {
    env: { LEAKTALLY_DATABASE_URL: `mysql://root:hunter2secret@${await place()}/${database.name}` },
  });
  expect(result.code).toBe(1);
  expect(lines(result.stderr)[0]).toMatch(said);
  expectSecret(result, ['hunter2secret']);
});

test('without --debug, an expected error is one line', async () => {
  const env = { LEAKTALLY_DATABASE_PASSWORD: 'hunter2secret' };
  const { stderr } = await leaktally(['--database', database.url, '--no-syslog'], { env });
  expect(lines(stderr)).toEqual([expect.stringMatching(/^leaktally: .*check the user and the password/)]);
});

test('a password in a syslog URL or among misplaced arguments is not repeated', async () => {
  const syslog = await leaktally(
    ['--database', database.url, '--syslog', 'tcp://user:hunter2secret@siem:514', '--debug'],
    {
      env: database.env,
    },
  );
  const stray = await leaktally(['--databse=mysql://root:hunter2secret@host/plixer', '--debug']);
  expect([syslog.code, stray.code]).toEqual([2, 2]);
  expectSecret(syslog, ['hunter2secret']);
  expectSecret(stray, ['hunter2secret']);
});

test.each([0o644, 0o640, 0o604])('an env file with mode %o is refused, and its content is not shown', async (mode) => {
  const file = join(mkdtempSync(join(tmpdir(), 'leaktally-env-')), 'env');
  writeFileSync(file, `LEAKTALLY_DATABASE_URL=${database.url}\nLEAKTALLY_DATABASE_PASSWORD='hunter2secret'\n`);
  chmodSync(file, mode);
  const result = await leaktally(['--env-file', file, ...BASE]);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/chmod 600/);
  expectSecret(result, ['hunter2secret']);
});

test.each([
  'multipleStatements=true',
  'ssl=true',
  'flags=-FOUND_ROWS',
  'debug=true',
  'ssl-mod=disabled',
  'password=hunter2secret',
])('a parameter that is not known is refused in a database URL: %s', async (parameter) => {
  const result = await leaktally(['--database', `${database.url}?${parameter}`, ...BASE], { env: database.env });
  expect(result.code).toBe(2);
  expectSecret(result, ['hunter2secret']);
});

test.each([
  'udp://host:514?timeout=2s',
  'tcp://host:514?verify=ca',
  'tls://host:6514?rejectUnauthorized=false',
  'tls://host:6514?verify=none',
])('a parameter that is not known is refused in a syslog URL: %s', async (syslog) => {
  const { code } = await leaktally(['--database', database.url, '--syslog', syslog], { env: database.env });
  expect(code).toBe(2);
});

test.each(['state; drop table x', 'a.b.c', '`state`', "state'", 'state-1', '', 'a'.repeat(65)])(
  'a state table with another name than a plain one is refused: %s',
  async (name) => {
    const { code } = await leaktally(['--database', database.url, `--state-table=${name}`, ...BASE], {
      env: database.env,
    });
    expect(code).toBe(2);
  },
);
