import { expect } from 'vitest';
import { DAY, HOUR, MINUTE, T, test } from '../support/command/clock.ts';
import { linesOf } from '../support/command/output.ts';
import { newStateFile } from '../support/folders.ts';
import { startReceiver } from '../support/receivers/receiver.ts';

// A clock that is set back, was wrong, or is of another unit.

test('a run whose clock is two hours behind changes nothing, and the next one sends what is due', async ({
  schedule,
}) => {
  await schedule.events([-10, 150]);
  await schedule.unheard(0);
  const before = await schedule.episodes();
  const behind = await schedule.run(-2 * HOUR);
  expect(behind).toMatchObject({ code: 1, stdout: '' });
  expect(linesOf(behind.stderr)).toEqual([
    expect.stringMatching(/2 h(ours)? behind the last completed run; nothing was/),
  ]);
  expect(await schedule.episodes()).toEqual(before);
  await schedule.ok(5 * MINUTE);
  await schedule.ok(10 * MINUTE);
  expect(schedule.alerts()).toHaveLength(1);
  expect(await schedule.episodes()).toHaveLength(1);
});

test.for([
  [1, 0],
  [15 * MINUTE, 0],
  [15 * MINUTE + 1, 1],
] as const)('%i seconds behind is exit code %i', async ([seconds, code], { schedule }) => {
  await schedule.ok(0);
  await schedule.events([-HOUR, 150]);
  const run = await schedule.run(-seconds);
  expect(run).toMatchObject({ code, stdout: '' });
  expect(linesOf(run.stderr)).toHaveLength(1);
  expect(schedule.alerts()).toEqual([]);
  expect(await schedule.database.query('select evaluated_until from leaktally_state_runs')).toEqual([
    { evaluated_until: T },
  ]);
});

test('a dry run whose clock is behind promises nothing, as the run does nothing', async ({ schedule }) => {
  await schedule.ok(0);
  await schedule.events([-MINUTE, 150]);
  const { leaks } = await schedule.report(-10, '--dry-run');
  expect(leaks).toMatchObject([{ bytes: 150, alert: 'none' }]);
  const { stdout } = await schedule.ok(-10, '--explain', '10.1.1.5', '--format', 'json');
  expect(JSON.parse(stdout)).toMatchObject({ groups: [{ isDue: false }] });
});

test('after a clock that was a month ahead, leaks are alerted, and their episodes close, as ever', async ({
  schedule,
}) => {
  const ahead = 30 * DAY;
  await schedule.events([ahead, 150]);
  await schedule.ok(ahead);
  // The clock is right again.
  await schedule.signs(0, 27 * HOUR);
  const { stderr } = await schedule.ok(0);
  expect(linesOf(stderr)).toContainEqual(expect.stringContaining('when the clock was wrong'));
  expect(await schedule.episodes()).toMatchObject([{ closed_at: T }]);
  await schedule.events([5 * MINUTE, 200]);
  expect((await schedule.ok(5 * MINUTE)).stderr).toBe('');
  expect(schedule.alerts().map((alert) => alert['Total Byte Exfil'])).toEqual(['150', '200']);
  await schedule.ok(26 * HOUR);
  const open = (await schedule.episodes()).filter(({ closed_at }) => closed_at === null);
  expect(open).toEqual([]);
});

test('an open episode that was alerted in the future is alerted again, and closes, as one of now', async ({
  schedule,
}) => {
  const rules = ['--realert-growth', '1000', '--realert-after', '1h'];
  await schedule.events([-HOUR, 150]);
  await schedule.ok(-HOUR, ...rules);
  const ahead = T + 30 * DAY;
  await schedule.database.query('update leaktally_state set alerted_at = ?, alerted_newest = ?', [ahead, ahead]);
  await schedule.database.query('update leaktally_state_runs set evaluated_until = ?', [ahead]);
  await schedule.ok(0, ...rules);
  await schedule.events([10 * MINUTE, 1]);
  await schedule.ok(59 * MINUTE, ...rules);
  expect(schedule.alerts()).toHaveLength(1);
  await schedule.ok(HOUR, ...rules);
  expect(schedule.alerts()).toHaveLength(2);
  await schedule.signs(HOUR, 26 * HOUR);
  await schedule.ok(26 * HOUR, ...rules);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: expect.any(Number) }]);
});

test('an alert of the future that is due is sent once, and its episode closes', async ({ schedule }) => {
  await schedule.events([-10, 150]);
  await schedule.unheard(0);
  await schedule.database.query('update leaktally_state set pending_alert = replace(pending_alert, ?, ?)', [
    `"asOf":${T}`,
    `"asOf":${T + 30 * DAY}`,
  ]);
  await schedule.database.query('update leaktally_state_runs set evaluated_until = ?', [T + 30 * DAY]);
  await schedule.unheard(5 * MINUTE);
  await schedule.ok(10 * MINUTE);
  expect(schedule.alerts()).toHaveLength(1);
  await schedule.signs(HOUR, 26 * HOUR);
  await schedule.ok(26 * HOUR);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: expect.any(Number) }]);
});

test('a row in milliseconds does not make stale data look fresh', async ({ schedule }) => {
  await schedule.events([0, 150]);
  await schedule.ok(0);
  await schedule.ok(DAY);
  await schedule.events([0, 1, { epoch: (T + DAY) * 1000 }], [0, 1, { epoch: (T + DAY) * 1000, policy: 'Another' }]);
  const { code, stderr } = await schedule.run(DAY + 5 * MINUTE, '--fail-if-stale', '1h');
  expect(code).toBe(1);
  expect(stderr).toContain('the newest event is 24 hours old');
  expect(await schedule.episodes()).toMatchObject([{ closed_at: null }]);
});

test('an episode stays open while the newest row is older than a twelfth of the window', async ({ schedule }) => {
  await schedule.events([0, 150]);
  await schedule.ok(0);
  await schedule.ok(DAY);
  // Two hours, to the second.
  await schedule.events([DAY + 2 * MINUTE - 1, 1, { policy: 'Another report' }]);
  await schedule.ok(DAY + 2 * HOUR + 2 * MINUTE, '--no-catch-up');
  expect(await schedule.episodes()).toMatchObject([{ closed_at: null }]);
  await schedule.events([DAY + 3 * MINUTE, 1, { policy: 'Another report' }]);
  await schedule.ok(DAY + 2 * HOUR + 3 * MINUTE, '--no-catch-up');
  expect(await schedule.episodes()).toMatchObject([{ closed_at: T + DAY + 2 * HOUR + 3 * MINUTE }]);
});

test('of a short window, while it is older than 15 minutes', async ({ schedule }) => {
  const window = ['--window', '1h', '--no-catch-up'];
  await schedule.events([0, 150]);
  await schedule.ok(0, ...window);
  await schedule.events([HOUR, 1, { policy: 'Another report' }]);
  await schedule.ok(HOUR + 15 * MINUTE + 1, ...window);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: null }]);
  await schedule.events([HOUR + 2, 1, { policy: 'Another report' }]);
  await schedule.ok(HOUR + 15 * MINUTE + 2, ...window);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: T + HOUR + 15 * MINUTE + 2 }]);
});

test('an event on the border of a step is in the step that it begins, in a window of 38 hours', async ({
  schedule,
}) => {
  const step = (38 * HOUR) / 24;
  for (let index = 0; index < 24; index++) await schedule.events([index * step - 38 * HOUR, 10 + index]);
  const { leaks } = await schedule.report(0, '--window', '38h', '--dry-run');
  expect(leaks[0]?.timeline).toEqual(Array.from({ length: 24 }, (_, index) => 10 + index));
});

test('a lock that is held for long makes the run fail once a run is overdue', async ({ schedule }) => {
  const state = ['--state', `sqlite:${newStateFile()}`];
  await schedule.events([-10, 150]);
  await schedule.ok(-5 * MINUTE, ...state);
  await schedule.events([-10, 150, { destination: '198.51.100.7' }]);
  const silent = await startReceiver(() => undefined);
  const holder = schedule.start(0, '--syslog', silent.patientUrl, ...state);
  await silent.waitForConnection();
  // The holder has stored its decisions: that was a completed run.
  const soon = await schedule.run(2 * HOUR, ...state);
  const late = await schedule.run(2 * HOUR + 1, ...state);
  const other = await schedule.run(5 * HOUR, ...state, '--group-by', 'source');
  await holder.kill();
  await silent.stop();
  expect(soon).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('another run of rule "data-leak" is under way'),
  });
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('no run has completed since') });
  // It never had one.
  expect(other.code).toBe(0);
});

test('an explanation of a time before the last alert does not say that its episode is over', async ({ schedule }) => {
  await schedule.events([0, 150]);
  await schedule.ok(0);
  await schedule.signs(-HOUR, 0);
  const { stdout } = await schedule.ok(
    5 * MINUTE,
    '--explain',
    '10.1.1.5',
    '--format',
    'json',
    '--as-of',
    `${T - MINUTE}`,
  );
  expect(JSON.parse(stdout)).toMatchObject({ groups: [{ decision: 'below', isDue: false }] });
});
