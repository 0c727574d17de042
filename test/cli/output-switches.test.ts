import { expect } from 'vitest';
import { insertEvents, insertLeak, MB } from '../support/builders/events.ts';
import { leaktally, runOn } from '../support/command/leaktally.ts';
import { test } from '../support/fixtures.ts';
import { VERSION } from '../support/project.ts';
import { freePort } from '../support/servers/process.ts';

test.beforeEach(({ database }) => insertLeak(database));

const SILENCE = { code: 0, stdout: '', stderr: '' };

test('--quiet prints what is new and nothing else', async ({ database }) => {
  const first = await runOn(database, ['--quiet']);
  expect(first).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('10.1.1.5') });
  expect(await runOn(database, ['--quiet'])).toMatchObject(SILENCE);
  expect(await runOn(database, ['--quiet', '--format', 'json'])).toMatchObject(SILENCE);
  await insertEvents(database, [{ epoch: (await database.now()) - 100, bytes: 180 * MB }]);
  expect((await runOn(database, ['--quiet'])).stdout).toContain('grown');
});

test('--quiet without any leak is silent', async ({ database }) => {
  expect(await runOn(database, ['--quiet', '--threshold', '1GB'])).toMatchObject(SILENCE);
});

test('--quiet does not hide what went wrong', async ({ database }) => {
  const failing = await runOn(database, ['--quiet'], {
    env: { LEAKTALLY_SYSLOG: `tcp://127.0.0.1:${await freePort()}` },
  });
  expect(failing).toMatchObject({ code: 1, stdout: expect.stringContaining('10.1.1.5') });
  expect(failing.stderr).toContain('1 alert still due');
  await database.query('truncate table alm_bulletin_board_data');
  expect((await runOn(database, ['--quiet', '--rule', 'other'])).stderr).toContain('no event in the last 24h');
});

test('--exit-code reports leaks, alerted or known, and nothing else', async ({ database }) => {
  const args = ['--exit-code', '7'];
  expect((await runOn(database, [...args, '--dry-run'])).code).toBe(7);
  expect((await runOn(database, args)).code).toBe(7);
  expect((await runOn(database, [...args, '--quiet'])).code).toBe(7);
  expect((await runOn(database, [...args, '--threshold', '1GB', '--dry-run'])).code).toBe(0);
  expect((await runOn(database, ['--dry-run'])).code).toBe(0);
  const failing = { env: { LEAKTALLY_SYSLOG: `tcp://127.0.0.1:${await freePort()}` } };
  expect((await runOn(database, [...args, '--rule', 'failing'], failing)).code).toBe(1);
  expect((await leaktally([...args, '--demo'])).code).toBe(7);
});

test.for([
  ['an empty table', 'truncate table alm_bulletin_board_data'],
  ['no event of this policy', `update alm_bulletin_board_data set message = 'Other'`],
  ['nothing within the window', 'update alm_bulletin_board_data set epoch = epoch - 200000'],
] as const)('%s is no error, but a warning names the likely cause', async ([, change], { database }) => {
  await database.query(change);
  const { code, stdout, stderr } = await runOn(database);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^leaktally: [^\n]*"Exceeded 5 MB in 5"[^\n]*saved report[^\n]*\n$/);
  expect(stdout).toMatch(/no leaks/i);
  expect(stdout).toMatch(/0 events matched/);
});

test('when no message is readable, a warning shows one', async ({ database }) => {
  await database.query(`update alm_bulletin_board_data set message = 'Exceeded 5 MB in 5: octets=12'`);
  const { code, stderr } = await runOn(database);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^leaktally: [^\n]*octets=12[^\n]*\n$/);
});

test('a socket in the URL is used, variables are read, flags beat them', async ({ database, mariadb }) => {
  const url = `mysql://root@localhost/${database.name}?socket=${mariadb.socket}`;
  const env = { ...database.env, LEAKTALLY_DATABASE_URL: url, LEAKTALLY_FORMAT: 'csv', LEAKTALLY_THRESHOLD: '1GB' };
  const fromVariables = await leaktally(['--dry-run'], { env });
  expect(fromVariables).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^source,[^\n]*\n$/) });
  const fromFlags = await leaktally(['--dry-run', '--format', 'json', '--threshold', '1MB'], { env });
  expect(JSON.parse(fromFlags.stdout)).toMatchObject({ thresholdBytes: MB, leaks: [{ bytes: 120 * MB }] });
});

test('--help lists every option of the contract, --version the version', async () => {
  const { code, stdout, stderr } = await leaktally(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const flags =
    '--database --state --state-table --env-file --policy --window --threshold --group-by --rule --realert-growth --realert-after --syslog --no-syslog --syslog-format --alert-format --facility --severity --tag --dry-run --as-of --format --quiet --exit-code --timeout --demo --print-schema --debug';
  for (const flag of flags.split(' ')) expect(stdout).toMatch(new RegExp(`^ +${flag}\\b`, 'm'));
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);

  expect(await leaktally(['--version'])).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
});
