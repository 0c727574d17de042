import { describe, expect } from 'vitest';
import { insertEvents, insertLeaks, insertName, MB } from '../../support/builders/events.ts';
import { reportOf } from '../../support/command/json-report.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { test as base, started } from '../../support/fixtures.ts';
import { alertDestinations } from '../../support/receivers/parse-alert.ts';
import { startMariadb } from '../../support/servers/mariadb.ts';

/** Each policy, with messages that a careless query would take for it. */
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

const test = base.extend('mariadb', { scope: 'file' }, started(startMariadb));
test.beforeAll(async ({ sharedDatabase }) => {
  // The test itself writes without any mode, so that its rows are what they look like.
  await sharedDatabase.query(`set session sql_mode=''`);
  const epoch = (await sharedDatabase.now()) - 60;
  const messages = POLICIES.flat().map((text) => `${text} | sum_octetdeltacount : 7`);
  await insertEvents(
    sharedDatabase,
    messages.map((message) => ({ epoch, message })),
  );
});

describe.each([
  '',
  'NO_BACKSLASH_ESCAPES',
  'NO_BACKSLASH_ESCAPES,ANSI_QUOTES',
  'ANSI',
  'PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT',
])('sql_mode "%s"', (mode) => {
  test.beforeAll(async ({ sharedDatabase }) => {
    await sharedDatabase.query(`set global sql_mode='${mode}'`);
  });

  test.for(POLICIES)('the policy %s is matched literally', async ([policy, ...decoys], { sharedDatabase }) => {
    const { events } = await reportOf(sharedDatabase, ['--dry-run', `--policy=${policy}`]);
    const all = POLICIES.flat();
    const expected = all.filter((text) => text.includes(policy)).length;
    expect(decoys.some((decoy) => decoy.includes(policy))).toBe(false);
    expect(events.matched).toBe(expected);
  });

  test('a whole run alerts once, whatever is in policy and host names', async ({ database, receiver }) => {
    await database.query(`set session sql_mode=''`);
    const [destination = ''] = await insertLeaks(database, 1);
    const now = await database.now();
    await insertEvents(database, [{ epoch: now - 60, destination, bytes: MB, policy: 'It\'s \\ "5"' }]);
    await insertName(database, '10.1.1.5', destination, `a'\\".example.net`, now - 60);
    const args = ['--syslog', receiver.url, '--policy', 'It\'s \\ "5"', '--policy', 'Exceeded 5 MB in 5'];
    const [first, second] = [await runOn(database, args), await runOn(database, args)];
    expect([first.code, second.code], first.stderr + second.stderr).toEqual([0, 0]);
    expect(alertDestinations(receiver.records())).toEqual([destination]);
    expect(receiver.records()[0]).toContain(`Total Byte Exfil: 121000000; Events: 2;`);
  });
});
