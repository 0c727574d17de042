import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { runOn } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { test } from '../support/fixtures.ts';
import { emptyFolder } from '../support/folders.ts';
import { NOBODY_LISTENS } from '../support/receivers/receiver.ts';

test.beforeEach(async ({ database }) => {
  await insertLeaks(database, 3);
});

test.for([
  ['insert', 'a new leak'],
  ['update', 'a new leak'],
  ['delete', 'a new leak'],
  ['insert', 'an alert that was due before'],
  ['update', 'an alert that was due before'],
  ['delete', 'an alert that was due before'],
] as const)(
  'a user who lost %s on the state tables sends nothing (%s)',
  async ([privilege, what], { database, account, receiver }) => {
    const { name } = database;
    // A run as root creates the tables; when nobody listens, it leaves its alerts due.
    await runOn(database, ['--syslog', what === 'a new leak' ? 'none' : NOBODY_LISTENS]);
    if (what === 'a new leak') await database.query('delete from leaktally_state');
    await database.query(`grant select, insert, update, delete on ${name}.* to '${account.name}'@'%'`);
    await database.query(`revoke ${privilege} on ${name}.* from '${account.name}'@'%'`);
    const { code, stderr } = await runOn(account, ['--syslog', receiver.url]);
    expect(receiver.connections()).toBe(0);
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual([expect.stringMatching(/denied.*--print-schema/)]);
  },
);

const folder = emptyFolder();
const noDatabase = join(folder, 'no-database');
writeFileSync(
  noDatabase,
  'this is not a database file, but it is longer than one header of such a file would be. '.repeat(9),
);

test.for([
  ['a folder', folder],
  ['a file in a folder that is missing', join(folder, 'missing', 'state.db')],
  ['a file under a file', join(noDatabase, 'state.db')],
  ['no database', noDatabase],
] as const)('a state file that is %s: one line, and nothing is sent', async ([, path], { receiver, run }) => {
  const { code, stderr } = await run('--state', `sqlite:${path}`);
  expect(receiver.connections()).toBe(0);
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining(path)]);
});

test('a state table with other columns: one line, and nothing is sent', async ({ database, receiver, run }) => {
  await database.query('create table leaktally_state (id int)');
  const { code, stderr } = await run();
  expect(receiver.connections()).toBe(0);
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('--print-schema')]);
});
