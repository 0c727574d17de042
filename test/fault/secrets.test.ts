import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { type CommandResult, leaktally, runOn } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';
import { emptyFolder } from '../support/folders.ts';
import { freePort } from '../support/servers/process.ts';

const test = base.extend('database', ({ sharedDatabase }) => sharedDatabase);

const BASE = ['--no-syslog', '--debug'];

/** None of these pieces may show anywhere, not even in a stack. */
function expectSecret({ stdout, stderr }: CommandResult, pieces: readonly string[]): void {
  for (const piece of pieces) expect(stdout + stderr).not.toContain(piece);
}

const server = () => `127.0.0.1:${inject('mariadb').port}`;

test('a wrong password in its variable', async ({ database }) => {
  const env = { LEAKTALLY_DATABASE_PASSWORD: 'Wr0ng#pass/w?rd@home' };
  const result = await runOn(database, BASE, { env });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/Access denied.*LEAKTALLY_DATABASE_PASSWORD/);
  expectSecret(result, ['Wr0ng', 'pass/w', 'rd@home']);
});

test('a wrong password in the URL of the environment, percent-encoded', async ({ database }) => {
  const result = await leaktally(BASE, {
    env: { LEAKTALLY_DATABASE_URL: `mysql://root:Wr0ng%23pa%2Fss@${server()}/${database.name}` },
  });
  expect(result.code).toBe(1);
  expectSecret(result, ['Wr0ng', '%23pa', '#pa', 'ss@']);
});

// Understood: the right password in its own variable beats it, but there is no such variable for the state.
const UNDERSTOOD = { LEAKTALLY_DATABASE_URL: 0, LEAKTALLY_STATE_URL: 1 };
const REFUSED = { LEAKTALLY_DATABASE_URL: 2, LEAKTALLY_STATE_URL: 2 };

test.for([
  ['q7Xk/ter2secret', REFUSED],
  ['q7Xk#ter2secret', REFUSED],
  ['q7Xk?ter2secret', REFUSED],
  ['q7Xk@ter2secret', UNDERSTOOD],
  ['q7Xk:ter2secret', UNDERSTOOD],
  ['q7Xk%ter2secret', REFUSED],
  ['q7Xk ter2secret', UNDERSTOOD],
  ['q7Xk\\ter2secret', UNDERSTOOD],
  ['q7Xk]ter2secret', UNDERSTOOD],
  ['q7Xk"ter2secret', UNDERSTOOD],
  ['/ter2secret', REFUSED],
  ['#ter2secret', REFUSED],
  ['1/ter2secret', REFUSED],
] as const)(
  'a password with raw special characters in a URL of the environment: %s',
  async ([password, expected], { database }) => {
    for (const [variable, code] of Object.entries(expected)) {
      const url = `mysql://root:${password}@${server()}/${database.name}`;
      const env = { LEAKTALLY_DATABASE_URL: database.url, ...database.env, [variable]: url };
      const result = await leaktally(BASE, { env });
      expect(result.code, variable).toBe(code);
      expectSecret(result, ['q7Xk', 'ter2secret']);
    }
  },
);

test.for([
  'hunter2secret',
  'q7Xk/ter2secret',
  'q7Xk#ter2secret',
  'q7Xk@ter2secret',
  'q7Xk%ter2secret',
  'q7Xk ter2secret',
])('a password in a URL on the command line is refused and not repeated: %s', async (password, { database }) => {
  for (const flag of ['--database', '--state']) {
    const url = `mysql://root:${password}@${server()}/${database.name}`;
    const result = await runOn(database, [flag, url, ...BASE]);
    expect(result.code).toBe(2);
    expectSecret(result, ['q7Xk', 'ter2secret']);
  }
});

test.for<[string, () => string | Promise<string>, RegExp]>([
  ['an unknown host', () => 'no-such-host.invalid:3306', /host name/],
  ['a port where nobody listens', async () => `127.0.0.1:${await freePort()}`, /connection refused/],
])('%s: the password is not shown', async ([, place, said], { database }) => {
  const result = await leaktally(BASE, {
    env: { LEAKTALLY_DATABASE_URL: `mysql://root:hunter2secret@${await place()}/${database.name}` },
  });
  expect(result.code).toBe(1);
  expect(linesOf(result.stderr)[0]).toMatch(said);
  expectSecret(result, ['hunter2secret']);
});

test('without --debug, an expected error is one line', async ({ database }) => {
  const env = { LEAKTALLY_DATABASE_PASSWORD: 'hunter2secret' };
  const { stderr } = await runOn(database, ['--no-syslog'], { env });
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/^leaktally: .*check the user and the password/)]);
});

test('a password in a syslog URL or among misplaced arguments is not repeated', async ({ database }) => {
  const syslog = await runOn(database, ['--syslog', 'tcp://user:hunter2secret@siem:514', '--debug']);
  const stray = await leaktally(['--databse=mysql://root:hunter2secret@host/plixer', '--debug']);
  expect([syslog.code, stray.code]).toEqual([2, 2]);
  expectSecret(syslog, ['hunter2secret']);
  expectSecret(stray, ['hunter2secret']);
});

test.for([0o644, 0o604, 0o666])(
  'an env file with mode %o is refused, and its content is not shown',
  async (mode, { database }) => {
    const file = join(emptyFolder(), 'env');
    writeFileSync(file, `LEAKTALLY_DATABASE_URL=${database.url}\nLEAKTALLY_DATABASE_PASSWORD='hunter2secret'\n`);
    chmodSync(file, mode);
    const result = await leaktally(['--env-file', file, ...BASE]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/chmod 600/);
    expectSecret(result, ['hunter2secret']);
  },
);

test.for([
  'multipleStatements=true',
  'ssl=true',
  'flags=-FOUND_ROWS',
  'debug=true',
  'ssl-mod=disabled',
  'password=hunter2secret',
])('an unknown parameter in a database URL is refused: %s', async (parameter, { database }) => {
  const result = await runOn({ ...database, url: `${database.url}?${parameter}` }, BASE);
  expect(result.code).toBe(2);
  expectSecret(result, ['hunter2secret']);
});

test.for([
  'udp://host:514?timeout=2s',
  'tcp://host:514?verify=ca',
  'tls://host:6514?rejectUnauthorized=false',
  'tls://host:6514?verify=none',
])('an unknown parameter in a syslog URL is refused: %s', async (syslog, { database }) => {
  const { code } = await runOn(database, ['--syslog', syslog]);
  expect(code).toBe(2);
});

test.for(['state; drop table x', 'a.b.c', '`state`', "state'", 'state-1', '', 'a'.repeat(65)])(
  'a state table without a plain name is refused: %s',
  async (name, { database }) => {
    const { code } = await runOn(database, [`--state-table=${name}`, ...BASE]);
    expect(code).toBe(2);
  },
);
