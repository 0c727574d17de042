import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, lines, parseAlert } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';

const PASSWORD = 'least-privilege';

let database: TestDatabase;
let user: string;
let receiver: Receiver;
beforeEach(async () => {
  database = await createTestDatabase(inject('mariadb'));
  user = `least_${database.name.slice(-8)}`;
  receiver = await startReceiver();
  await database.connection.query(`create user ${user}@'%' identified by '${PASSWORD}'`);
  await insertLeaks(database.connection, 2);
});
afterEach(async () => {
  await database.connection.query(`drop user ${user}@'%'`);
  await receiver.stop();
  await database.drop();
});

function run(...more: string[]) {
  const args = ['--database', database.url.replace('root@', `${user}@`), '--syslog', receiver.url, ...more];
  return leaktally(args, { env: { LEAKTALLY_DATABASE_PASSWORD: PASSWORD } });
}

/** Runs what --print-schema prints, as an administrator would. */
async function applySchema(...more: string[]): Promise<void> {
  const { code, stdout } = await run('--print-schema', ...more);
  expect(code).toBe(0);
  const statements = stdout
    .replace(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  for (const statement of statements) await database.connection.query(statement);
}

async function grants(): Promise<string[]> {
  const [rows] = await database.connection.query({ sql: `show grants for ${user}@'%'`, rowsAsArray: true });
  return (rows as [string][]).map(([grant]) => grant).filter((grant) => !grant.startsWith('GRANT USAGE'));
}

test.each([[[]], [['--state-table', 'other_name']], [['--group-by', 'source', '--rule', 'another']]])(
  'whole runs pass with what --print-schema prints: %o',
  async (options) => {
    await applySchema(...options);
    const [first, second] = [await run(...options), await run(...options)];
    expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
    expect([first.stderr, second.stderr]).toEqual(['', '']);
    expect(receiver.records().length).toBeGreaterThan(0);
    expect(second.stdout).toMatch(/ known$/m);
    // Closing an episode writes too.
    await database.connection.query(`update alm_bulletin_board_data set message = 'Another policy'`);
    expect((await run(...options)).code).toBe(0);
    const [open] = await database.connection.query(
      `select id from ${options[0] === '--state-table' ? 'other_name' : 'leaktally_state'} where closed_at is null`,
    );
    expect(open).toEqual([]);
  },
);

test('--print-schema grants reading the two tables and writing the two state tables, and nothing more', async () => {
  await applySchema();
  const granted = (await grants()).map((grant) => /^GRANT (.*) ON `\w+`\.`(\w+)` TO/.exec(grant)?.slice(1) ?? [grant]);
  expect(granted.sort((a, b) => `${a[1]}`.localeCompare(`${b[1]}`))).toEqual([
    ['SELECT', 'alm_bulletin_board_data'],
    ['SELECT', 'domain_index'],
    ['SELECT, INSERT, UPDATE, DELETE', 'leaktally_state'],
    ['SELECT, INSERT, UPDATE', 'leaktally_state_runs'],
  ]);
});

test('state tables in another schema work with what --print-schema prints', async () => {
  const own = await createTestDatabase(inject('mariadb'));
  const options = ['--state-table', `${own.name}.alerts`];
  await applySchema(...options);
  const [first, second] = [await run(...options), await run(...options)];
  await own.drop();
  expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
  expect(receiver.records()).toHaveLength(2);
});

test('where state may not be kept, one line has the statements that an administrator runs, and they suffice', async () => {
  await database.connection.query(`grant select on ${database.name}.* to ${user}@'%'`);
  const refused = await run();
  expect(refused.code).toBe(1);
  expect(lines(refused.stderr)).toHaveLength(1);
  expect(receiver.connections()).toBe(0);
  const statements = /administrator to run: (.*)$/m.exec(refused.stderr)?.[1]?.split(/;\s*/) ?? [];
  for (const statement of statements) if (statement !== '') await database.connection.query(statement);
  expect((await run()).code).toBe(0);
  expect(receiver.records().map((record) => parseAlert(record).destination)).toHaveLength(2);
});

test('a dry run with state in a file that is not there yet needs no more than reading, and makes no file', async () => {
  for (const table of ['alm_bulletin_board_data', 'domain_index']) {
    await database.connection.query(`grant select on ${database.name}.${table} to ${user}@'%'`);
  }
  const file = join(mkdtempSync(join(tmpdir(), 'leaktally-dry-')), 'state.db');
  const { code, stderr, stdout } = await run('--dry-run', '--format', 'json', '--state', `sqlite:${file}`);
  expect(code, stderr).toBe(0);
  expect((JSON.parse(stdout) as { leaks: unknown[] }).leaks).toHaveLength(2);
  expect(existsSync(file)).toBe(false);
});
