import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect } from 'vitest';
import { AS_OF, insertEvents, insertLeak, insertName, MB, POLICY } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { created } from '../support/fixtures.ts';
import { emptyFolder, newStateFile } from '../support/folders.ts';
import { createSqliteDatabase } from '../support/servers/sqlite.ts';

const test = base
  .extend('database', created(createSqliteDatabase))
  .extend('target', ({ database }) => ({ ...database, env: { LEAKTALLY_DATABASE_PASSWORD: 'of no use' } }));

test('a copy in a file is read like the server', async ({ database, target }) => {
  await insertEvents(database, [
    { epoch: AS_OF - 86_401, source: '10.0.0.1', bytes: 900 * MB },
    { epoch: AS_OF - 86_400, source: '10.0.0.1', bytes: 60 * MB },
    { epoch: AS_OF, source: '::ffff:10.0.0.1', bytes: 70 * MB },
    { epoch: AS_OF + 1, source: '10.0.0.1', bytes: 900 * MB },
    { epoch: AS_OF, source: '10.0.0.1', bytes: 900 * MB, policy: POLICY.toLowerCase() },
    { epoch: AS_OF, source: '2001:db8::1', bytes: 2n ** 53n - 1n },
    { epoch: AS_OF, source: null, bytes: 120 * MB },
  ]);
  await insertName(database, '10.0.0.1', '203.0.113.9', 'a.example.net', AS_OF);
  const { events, leaks } = await reportOf(target, ['--as-of', `${AS_OF}`]);
  expect(events).toEqual({ matched: 4, counted: 4, excluded: 0, unreadable: 0, newest: AS_OF, excludedBytes: 0 });
  expect(leaks.map(({ source, bytes, fqdns }) => [source, bytes, fqdns])).toEqual([
    ['2001:db8::1', Number.MAX_SAFE_INTEGER, []],
    ['10.0.0.1', 130 * MB, ['a.example.net']],
    ['unknown', 120 * MB, []],
  ]);
});

test.for(['100% a_b', `it's "so"`, 'C:\\new', '[a-z]*?'])(
  'policy %s is matched literally',
  async (policy, { database, target }) => {
    await insertEvents(database, [
      { epoch: AS_OF, source: '10.0.0.1', bytes: 1, policy },
      { epoch: AS_OF, source: '10.0.0.1', bytes: 1, policy: '1000 axb its so C:new abc' },
    ]);
    const { events } = await reportOf(target, ['--as-of', `${AS_OF}`, '--policy', policy]);
    expect(events.matched).toBe(1);
  },
);

test('state is kept in the same file unless told otherwise, and looking changes nothing', async ({
  database,
  target,
}) => {
  const { file } = database;
  await insertLeak(database);
  const { size, mtimeMs } = statSync(file);
  expect((await reportOf(target, ['--dry-run'])).leaks).toMatchObject([{ status: 'new' }]);
  expect(statSync(file)).toMatchObject({ size, mtimeMs });

  const elsewhere = ['--state', `sqlite:${newStateFile()}`];
  expect((await reportOf(target, elsewhere)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(target, elsewhere)).leaks).toMatchObject([{ status: 'known' }]);
  expect(statSync(file)).toMatchObject({ size, mtimeMs });

  expect((await reportOf(target)).leaks).toMatchObject([{ status: 'new' }]);
  expect((await reportOf(target)).leaks).toMatchObject([{ status: 'known' }]);
});

test('a missing file that is only to be read is not created', async ({ target }) => {
  const missing = join(emptyFolder(), 'none.db');
  await expect(reportOf({ ...target, url: `sqlite:${missing}` })).rejects.toThrow('none.db');
  expect(existsSync(missing)).toBe(false);
});
