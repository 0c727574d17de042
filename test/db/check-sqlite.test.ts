import { chmodSync, chownSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { NOBODY } from '../support/as-nobody.ts';
import { insertLeak } from '../support/builders/events.ts';
import { checksOf, isSkipped } from '../support/command/check-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { created, receiverTest } from '../support/fixtures.ts';
import { emptyFolder, newStateFile } from '../support/folders.ts';
import { createSqliteDatabase } from '../support/servers/sqlite.ts';

const test = receiverTest.extend('database', created(createSqliteDatabase));
test.beforeEach(({ database }) => insertLeak(database));

test('a file that is not there fails, and is not created', async ({ receiver }) => {
  const file = newStateFile();
  const points = await checksOf({ url: `sqlite:${file}`, env: {} }, ['--syslog', receiver.url]);
  expect(points['database.connection']).toMatchObject({ status: 'fail', detail: expect.stringContaining(file) });
  expect(points['state.connection']?.status).toBe('fail');
  const seen = Object.values(points).filter((point) => !isSkipped(point) && point.status === 'ok');
  expect(seen.map(({ name }) => name)).toEqual([
    ...['settings.origins', 'settings.ip-databases', 'settings.exceptions', 'settings.files'],
    'syslog.test',
  ]);
  expect(existsSync(file)).toBe(false);
});

test('a state file of its own is created by the first run, not by the check', async ({ database }) => {
  const file = newStateFile();
  const state = ['--state', `sqlite:${file}`];
  const before = await checksOf(database, state);
  expect(before['state.connection']).toMatchObject({
    status: 'ok',
    detail: `${file} is not there yet; the first run creates it`,
  });
  for (const name of ['state.tables', 'state.write', 'state.lock', 'state.runs', 'state.settings']) {
    expect(before[name]?.status, name).toBe('ok');
  }
  expect(existsSync(file)).toBe(false);
  await runOn(database, state);
  const after = await checksOf(database, state);
  expect(after['state.connection']?.detail).toMatch(/^SQLite \S+, local file$/);
  expect(after['state.runs']).toMatchObject({ status: 'ok', detail: expect.stringContaining('1 open episode') });
});

test('a state file that cannot be created, or that others can change, fails', async ({ database }) => {
  const nowhere = join(emptyFolder(), 'missing', 'state.db');
  expect((await checksOf(database, ['--state', `sqlite:${nowhere}`]))['state.connection']).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/missing cannot be written \(no such file or directory\)/),
    advice: expect.stringContaining('create it'),
  });
  const file = newStateFile();
  await runOn(database, ['--state', `sqlite:${file}`]);
  chmodSync(file, 0o666);
  expect((await checksOf(database, ['--state', `sqlite:${file}`]))['state.write']).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('can be changed by other users'),
  });
  chmodSync(file, 0o600);
  chownSync(file, NOBODY, NOBODY);
  expect((await checksOf(database, ['--state', `sqlite:${file}`]))['state.write']).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('belongs to another user'),
  });
});

test('a lock that belongs to another user, and a link to nowhere, fail as a run would', async ({ database }) => {
  const folder = emptyFolder();
  const file = join(folder, 'state.db');
  const asOther = { via: ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'], cwd: folder };
  const state = ['--state', `sqlite:${file}`];
  await runOn(database, state);
  // As after a first run by root, of which only the database was given away.
  chownSync(folder, NOBODY, NOBODY);
  chownSync(file, NOBODY, NOBODY);
  expect((await runOn(database, state, asOther)).code).toBe(1);
  expect((await checksOf(database, state, asOther))['state.lock']).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/\.lock cannot be written \(permission denied\)$/),
    advice: 'check its owner and permissions',
  });
  const link = join(folder, 'link.db');
  symlinkSync(join(folder, 'missing', 'state.db'), link);
  expect((await checksOf(database, ['--state', `sqlite:${link}`]))['state.connection']).toMatchObject({
    status: 'fail',
    advice: expect.stringContaining('link'),
  });
});

test('a metrics file or a page that a run could not write fails, and neither is written', async ({ database }) => {
  const folder = emptyFolder();
  for (const [variable, name] of [
    ['LEAKTALLY_METRICS_FILE', 'a.prom'],
    ['LEAKTALLY_HTML', 'a.html'],
  ] as const) {
    const missing = { env: { [variable]: join(folder, 'missing', name) } };
    expect((await checksOf(database, [], missing))['settings.files']).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(/missing cannot be written \(no such file or directory\)$/),
    });
    expect((await runOn(database, [], missing)).code).toBe(1);
    const file = join(folder, name);
    expect((await checksOf(database, [], { env: { [variable]: file } }))['settings.files']).toMatchObject({
      status: 'ok',
      detail: file,
    });
    expect(existsSync(file)).toBe(false);
  }
});

test('a folder is no database', async () => {
  const folder = join(emptyFolder(), 'folder');
  mkdirSync(folder);
  const points = await checksOf({ url: `sqlite:${folder}`, env: {} });
  expect(points['database.connection']).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('regular file'),
  });
});
