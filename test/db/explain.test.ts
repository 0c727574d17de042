import { expect } from 'vitest';
import { insertEvents, insertLeak, insertName, MB } from '../support/builders/events.ts';
import { explanationOf } from '../support/command/json-explanation.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { parseCsv } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';
import { NOBODY_LISTENS } from '../support/receivers/receiver.ts';
import { dump } from '../support/servers/dump.ts';
import { moveAlertsBack } from '../support/servers/state-tables.ts';

const DAY = 86_400;
const GROUP = '10.1.1.5,203.0.113.9';

const test = base
  .extend('now', ({ database }) => database.now())
  /** Explains the usual group, and proves that asking changes nothing. */
  .extend('explain', ({ database, receiver }) => async (...args: string[]) => {
    const [before, received] = [await dump(database), receiver.connections()];
    const explanation = await explanationOf(database, GROUP, ['--syslog', receiver.url, ...args]);
    expect(await dump(database)).toEqual(before);
    expect(receiver.connections()).toBe(received);
    expect(explanation.groups).toHaveLength(1);
    return explanation.groups[0];
  });

test('an episode from its first alert to its end', async ({ database, now, run, explain }) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect(await explain()).toMatchObject({
    ...{ bytes: 120 * MB, events: 1, crossedAt: now - 300, decision: 'new', isDue: true, state: null },
    next: [{ status: 'new', atBytes: 100 * MB + 1, notBefore: null }],
  });

  await run();
  const known = await explain();
  const at = known?.state?.lastAlert?.at ?? 0;
  expect(at).toBeGreaterThanOrEqual(now);
  expect(known).toMatchObject({
    ...{ decision: 'known', isDue: false, hasNewBytes: false, closesAtBytes: 50 * MB },
    state: { openedAt: at, lastAlert: { at, bytes: 120 * MB, newest: now - 300 }, pending: null },
    next: [
      { status: 'grown', atBytes: 240 * MB, notBefore: null },
      { status: 'repeat', atBytes: 100 * MB + 1, notBefore: at + DAY },
    ],
  });

  await insertEvents(database, [{ epoch: now - 200, bytes: 120 * MB - 1 }]);
  expect(await explain()).toMatchObject({ decision: 'known', hasNewBytes: true });
  await insertEvents(database, [{ epoch: now - 100, bytes: 1 }]);
  expect(await explain(), 'what was said to be the next alert').toMatchObject({ decision: 'grown', isDue: true });
  expect(await explain('--realert-growth', '3')).toMatchObject({ decision: 'known', isDue: false });
  await moveAlertsBack(database, DAY);
  expect(await explain('--realert-growth', '3')).toMatchObject({ decision: 'repeat', isDue: true });
  expect(await explain('--threshold', '480MB')).toMatchObject({ decision: 'closed', crossedAt: null });
  expect(await explain('--threshold', '240MB')).toMatchObject({ decision: 'below' });
  expect(await explain('--rule', 'another')).toMatchObject({ decision: 'new', state: null });
  // As an ordinary dry run says.
  expect((await reportOf(database, ['--dry-run'])).leaks).toMatchObject([{ status: 'grown', bytes: 240 * MB }]);
});

test('an alert that could not be sent: its date, its attempts, and that it is due', async ({
  database,
  now,
  explain,
}) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  const sendInVain = () => runOn(database, ['--syslog', NOBODY_LISTENS]);
  for (const code of [1, 1]) expect((await sendInVain()).code).toBe(code);
  expect(await explain()).toMatchObject({
    ...{ decision: 'new', isDue: true },
    state: { lastAlert: null, pending: { failures: 2, status: 'new', bytes: 120 * MB } },
  });
  // It stays due after the leak has ended, as an alert of a closed episode.
  await database.query('truncate table alm_bulletin_board_data');
  await insertEvents(database, [{ epoch: now - 10, policy: 'Another report' }]);
  await sendInVain();
  const { groups, absence } = await explanationOf(database, GROUP);
  expect(groups).toMatchObject([{ decision: 'below', isDue: true, state: null, undelivered: [{ failures: 3 }] }]);
  expect(absence.join(' ')).toMatch(/1 event of this group .*--policy/);
  const table = (await runOn(database, ['--explain', GROUP])).stdout.replace(/\s+/g, ' ');
  expect(table).toMatch(/ Not sent alert [0-9a-f]{16} of [^(]* UTC \(new, 120,000,000 bytes\), 3 failed attempts;/);
});

test('why an event was not counted', async ({ database, now }) => {
  await insertEvents(database, [
    { epoch: now - 60, bytes: 70 * MB },
    { epoch: now - 50, bytes: '5,242,880\u001b[31m' },
    { epoch: now - 40, destination: '203.0.113.10', bytes: 20 * MB },
    { epoch: now - 30, destination: '198.51.100.1', bytes: 10 * MB },
    { epoch: now - 20, bytes: 30 * MB + 1 },
    { epoch: now - 10, source: '10.2.0.1', bytes: 1000 * MB },
    { epoch: now - 5, message: 'Exceeded 5 MB in 5 without a count' },
  ]);
  await insertName(database, '10.1.1.5', '198.51.100.1', 'a.backup.example.net', now);
  const exclusions = ['--exclude-destination', '203.0.113.10/32', '--exclude-domain', 'example.net'];
  const { events, groups } = await explanationOf(database, '::ffff:10.1.1.5', ['--group-by', 'source', ...exclusions]);
  expect(events.map(({ time, total, reason, fragment }) => [time - now, total, reason, fragment])).toEqual([
    [-60, 70 * MB, null, null],
    [-50, 70 * MB, 'unreadable', 'sum_octetdeltacount : 5,242,880?[31m threshold : 5000000'],
    [-40, 70 * MB, 'excluded: destination 203.0.113.10/32', null],
    [-30, 70 * MB, 'excluded: domain example.net', null],
    [-20, 100 * MB + 1, null, null],
    [-5, 100 * MB + 1, 'unreadable', 'Exceeded 5 MB in 5 without a count'],
  ]);
  expect(groups).toMatchObject([
    { source: '10.1.1.5', bytes: 100 * MB + 1, events: 2, excludedEvents: 2, unreadableEvents: 2, crossedAt: now - 20 },
  ]);
  const reasons = async (...args: string[]) =>
    (await explanationOf(database, '10.1.1.5', args)).events.map(({ reason }) => reason)[0];
  expect(await reasons('--exclude-source', '10.0.0.0/8')).toBe('excluded: source 10.0.0.0/8');
  expect(await reasons('--include-source', '10.2.0.0/16')).toBe('excluded: source not among those included');

  const rows = parseCsv((await runOn(database, ['--explain', GROUP, '--format', 'csv'])).stdout);
  expect(rows.map(({ bytes, total, counted }) => [bytes, total, counted])).toEqual([
    ['70000000', '70000000', 'true'],
    ['', '70000000', 'false'],
    ['30000001', '100000001', 'true'],
    ['', '100000001', 'false'],
  ]);
});

test('an account that may not read the state is told so, and gets everything else', async ({
  database,
  reader,
  run,
}) => {
  await insertLeak(database);
  await run();
  expect(await explanationOf(reader, GROUP)).toMatchObject({ isStateKnown: false, groups: [{ decision: 'new' }] });
  const { code, stdout, stderr } = await runOn(reader, ['--explain', GROUP]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^leaktally: no access to the state/),
  });
  expect(stdout).toMatch(/^Rule +data-leak: its state cannot be read/m);
});

test('when the rule last ran, and with which other settings', async ({ database, now, run }) => {
  await insertEvents(database, [{ epoch: now - 300, bytes: 120 * MB }]);
  expect((await explanationOf(database, GROUP)).lastRunAt).toBeNull();
  await run();
  const { lastRunAt, changesSinceLastRun } = await explanationOf(database, GROUP, ['--window', '2d']);
  expect(lastRunAt).toBeGreaterThanOrEqual(now);
  expect(changesSinceLastRun).toEqual(['window 24h to 2d']);
  const past = (await runOn(database, ['--explain', GROUP, '--as-of', `${now - 60}`])).stdout;
  expect(past).toContain('the state is always the current one');
});

test('--exit-code tells whether a group asked about is above the threshold', async ({ database, now }) => {
  await insertEvents(database, [
    { epoch: now - 300, bytes: 120 * MB },
    { epoch: now - 300, source: '10.1.1.6', bytes: 10 * MB },
  ]);
  const codeOf = async (group: string) => (await runOn(database, ['--explain', group, '--exit-code', '7'])).code;
  expect([await codeOf('10.1.1.5'), await codeOf('10.1.1.6'), await codeOf('10.9.9.9')]).toEqual([7, 0, 0]);
});
