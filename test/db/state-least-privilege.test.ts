import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { applySchema, requestedStatements, runStatements } from '../support/command/printed-schema.ts';
import { test as base } from '../support/fixtures.ts';
import { newStateFile } from '../support/folders.ts';
import { alertDestinations } from '../support/receivers/parse-alert.ts';

const test = base
  .extend('runAsAccount', ({ account, receiver }) => async (...args: string[]) => {
    return runOn(account, ['--syslog', receiver.url, ...args]);
  })
  /** Runs the statements of --print-schema as an administrator. */
  .extend('applySchema', ({ database, account }) => async (...args: string[]) => {
    await applySchema(database, '--database', account.url, ...args);
  });
test.beforeEach(async ({ database }) => {
  await insertLeaks(database, 2);
});

test.for([[[]], [['--state-table', 'other_name']], [['--group-by', 'source', '--rule', 'another']]])(
  'the statements of --print-schema are enough for whole runs: %o',
  async ([options = []], { database, receiver, runAsAccount, applySchema }) => {
    await applySchema(...options);
    const [first, second] = [await runAsAccount(...options), await runAsAccount(...options)];
    expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
    expect([first.stderr, second.stderr]).toEqual(['', '']);
    expect(receiver.records().length).toBeGreaterThan(0);
    expect(second.stdout).toMatch(/ known$/m);
    // Closing an episode takes privileges too.
    await database.query(`update alm_bulletin_board_data set message = 'Another policy'`);
    expect((await runAsAccount(...options)).code).toBe(0);
    const open = await database.query(
      `select id from ${options[0] === '--state-table' ? 'other_name' : 'leaktally_state'} where closed_at is null`,
    );
    expect(open).toEqual([]);
  },
);

test('--print-schema grants reading the two tables and writing the two state tables, and nothing more', async ({
  database,
  account,
  applySchema,
}) => {
  await applySchema();
  const rows = await database.query<Record<string, string>>(`show grants for '${account.name}'@'%'`);
  const grants = rows.map((row) => String(Object.values(row)[0])).filter((grant) => !grant.startsWith('GRANT USAGE'));
  const granted = grants.map((grant) => /^GRANT (.*) ON `\w+`\.`(\w+)` TO/.exec(grant)?.slice(1) ?? [grant]);
  expect(granted.sort((a, b) => `${a[1]}`.localeCompare(`${b[1]}`))).toEqual([
    ['SELECT', 'alm_bulletin_board_data'],
    ['SELECT', 'domain_index'],
    ['SELECT, INSERT, UPDATE, DELETE', 'leaktally_state'],
    ['SELECT, INSERT, UPDATE', 'leaktally_state_runs'],
  ]);
});

test('the statements of --print-schema are enough for state tables in another schema', async ({
  elsewhere,
  receiver,
  runAsAccount,
  applySchema,
}) => {
  const options = ['--state-table', `${elsewhere.name}.alerts`];
  await applySchema(...options);
  const [first, second] = [await runAsAccount(...options), await runAsAccount(...options)];
  expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
  expect(receiver.records()).toHaveLength(2);
});

test('without permission to keep state, one line gives the statements for an administrator, and they are enough', async ({
  database,
  account,
  receiver,
  runAsAccount,
}) => {
  await database.query(`grant select on ${database.name}.* to '${account.name}'@'%'`);
  const refused = await runAsAccount();
  expect(refused.code).toBe(1);
  expect(linesOf(refused.stderr)).toHaveLength(1);
  expect(receiver.connections()).toBe(0);
  await runStatements(database, requestedStatements(refused.stderr));
  expect((await runAsAccount()).code).toBe(0);
  expect(alertDestinations(receiver.records())).toHaveLength(2);
});

test('a dry run with a state file that does not exist yet only needs to read, and creates no file', async ({
  reader,
  receiver,
}) => {
  const file = newStateFile();
  const { leaks } = await reportOf(reader, ['--syslog', receiver.url, '--dry-run', '--state', `sqlite:${file}`]);
  expect(leaks).toHaveLength(2);
  expect(existsSync(file)).toBe(false);
});
