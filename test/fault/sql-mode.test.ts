import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertEvents, insertName, MB, serverNow } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { insertLeaks, parseAlert } from '../support/receivers/alerts.ts';
import { startReceiver } from '../support/receivers/receiver.ts';
import { createTestDatabase, type MariadbServer, startMariadb, type TestDatabase } from '../support/servers/mariadb.ts';

/** Each policy, and messages that contain what a careless query would take for it. */
const POLICIES: readonly [policy: string, ...decoys: string[]][] = [
  ['Over 5% used', 'Over 5 is not used', 'Over 55 used'],
  ['Over_5_MB', 'Over 5 MB', 'OverX5XMB'],
  ['Wow! Over 5!!', 'Wow Over 5', 'Wow! Over 5!'],
  ["It's over 5 MB", 'Its over 5 MB', 'It'],
  ["5' or 1=1 -- ", "5' or 1=1", '5'],
  ["\\' or 1=1 -- ", "' or 1=1 -- ", 'anything'],
  ['Say "over 5"', 'Say over 5', 'Say "over'],
  ['" or 1=1 -- ', ' or 1=1', 'anything else'],
  ['C:\\over\\5', 'C:over5', 'C:\\\\over\\\\5'],
  ['over 5 \\', 'over 5', 'over 5 /'],
  ['\\%5\\_', '%5_', 'X5X'],
  ['exceeded 5 mb in 6', 'Exceeded 5 MB in 6', 'EXCEEDED 5 MB IN 6'],
  ['Überschritten 5 MB', 'Uberschritten 5 MB', 'überschritten 5 MB'],
  ['`over`; drop table x; #', '`over`', 'over'],
];

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server.stop());

describe.each([
  '',
  'NO_BACKSLASH_ESCAPES',
  'NO_BACKSLASH_ESCAPES,ANSI_QUOTES',
  'ANSI',
  'PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT',
])('sql_mode "%s"', (mode) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    // The test writes with its own mode, so that its rows are what they say.
    await database.connection.query(`set session sql_mode=''`);
    await database.connection.query(`set global sql_mode='${mode}'`);
    const epoch = (await serverNow(database.connection)) - 60;
    const messages = POLICIES.flat().map((text) => `${text} | sum_octetdeltacount : 7`);
    await insertEvents(
      database.connection,
      messages.map((message) => ({ epoch, message })),
    );
  });
  afterAll(() => database.drop());

  test.each(POLICIES)('the policy %s is matched literally', async (policy, ...decoys) => {
    const { code, stdout, stderr } = await leaktally(
      ['--database', database.url, '--dry-run', '--format', 'json', `--policy=${policy}`],
      { env: database.env },
    );
    expect(code, stderr).toBe(0);
    const all = POLICIES.flat();
    const expected = all.filter((text) => text.includes(policy)).length;
    expect(decoys.some((decoy) => decoy.includes(policy))).toBe(false);
    expect((JSON.parse(stdout) as { events: { matched: number } }).events.matched).toBe(expected);
  });

  test('a whole run alerts once, whatever is in rule, policy and host names', async () => {
    const own = await createTestDatabase(server);
    await own.connection.query(`set session sql_mode=''`);
    const receiver = await startReceiver();
    const [destination = ''] = await insertLeaks(own.connection, 1);
    const now = await serverNow(own.connection);
    await insertEvents(own.connection, [{ epoch: now - 60, destination, bytes: MB, policy: 'It\'s \\ "5"' }]);
    await insertName(own.connection, '10.1.1.5', destination, `a'\\".example.net`, now - 60);
    const args = ['--database', own.url, '--syslog', receiver.url, '--policy', 'It\'s \\ "5"', 'Exceeded 5 MB in 5'];
    const [first, second] = [await leaktally(args, { env: own.env }), await leaktally(args, { env: own.env })];
    await receiver.stop();
    await own.drop();
    expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
    expect(receiver.records().map((record) => parseAlert(record).destination)).toEqual([destination]);
    expect(receiver.records()[0]).toContain(`Total Byte Exfil: 121000000; Events: 2;`);
  });
});
