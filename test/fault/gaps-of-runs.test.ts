import { expect } from 'vitest';
import { insertName } from '../support/builders/events.ts';
import { DAY, HOUR, MINUTE, T, test, until } from '../support/command/clock.ts';
import { linesOf } from '../support/command/output.ts';

// Right values on SQLite for runs that were missed, or whose alerts nobody took.

/** 4,900 B in an hour that leave the window a day later, and 101 B that stay an hour longer. */
const BURST = [
  [-10, 4900],
  [HOUR, 101],
] as const;

test('an alert that failed keeps its largest total, though it is smaller when the receiver is back', async ({
  schedule,
}) => {
  await schedule.events(...BURST);
  await schedule.unheard(0);
  await schedule.unheard(2 * HOUR);
  await schedule.ok(DAY + 5 * MINUTE);
  await schedule.ok(DAY + 10 * MINUTE);
  expect(schedule.heard()).toEqual([`5001 in 24h ${until(2 * HOUR)}`]);
});

test('the first run after a gap alerts once, with the largest total of the gap, and reports what it alerted', async ({
  schedule,
}) => {
  await schedule.ok(-5 * MINUTE);
  await schedule.events(...BURST);
  const { leaks, asOf } = await schedule.report(DAY + 5 * MINUTE);
  expect(schedule.heard()).toEqual([`5001 in 24h ${until(HOUR)}`]);
  expect(asOf).toBe(T + DAY + 5 * MINUTE);
  expect(leaks).toMatchObject([{ bytes: 5001, events: 2, status: 'new', alert: 'sent', asOf: T + HOUR }]);
  expect(leaks).toMatchObject([{ firstSeen: T - 10, lastSeen: T + HOUR }]);
});

test('without a receiver the report after a gap has the largest total too, and only once', async ({ schedule }) => {
  await schedule.ok(-5 * MINUTE, '--no-syslog');
  await schedule.events(...BURST);
  const first = await schedule.report(DAY + 5 * MINUTE, '--no-syslog');
  const second = await schedule.report(DAY + 10 * MINUTE, '--no-syslog');
  expect(first.leaks).toMatchObject([{ bytes: 5001, status: 'new', asOf: T + HOUR }]);
  expect(second.leaks).toMatchObject([{ bytes: 101, status: 'known' }]);
});

test('a grown alert that failed is sent with no less than it was decided on', async ({ schedule }) => {
  await schedule.events([-10, 101], [5 * MINUTE, 400], [HOUR, 50]);
  await schedule.ok(0);
  await schedule.unheard(5 * MINUTE);
  await schedule.ok(DAY + 5 * MINUTE);
  expect(schedule.heard()).toEqual(['101 in 24h', `551 in 24h ${until(HOUR)}`]);
  expect(schedule.alerts()[1]).toHaveProperty('Grown by');
});

test('a leak of now is alerted after a month without runs, however many earlier ones there are', async ({
  schedule,
}) => {
  await schedule.ok(0);
  await schedule.events([3 * DAY, 900], [30 * DAY - HOUR, 150, { destination: '198.51.100.7' }]);
  await schedule.ok(30 * DAY);
  expect(schedule.alerts().map((alert) => alert['Destination IP'])).toEqual(['198.51.100.7', '203.0.113.9']);
});

test('what is older than 30 days is not looked at, and the run says so', async ({ schedule }) => {
  await schedule.ok(0);
  await schedule.events([DAY, 900], [3 * DAY, 800, { destination: '198.51.100.7' }]);
  const { stderr } = await schedule.ok(32 * DAY + HOUR);
  expect(stderr).toMatch(/alerts from before 2025-11-26 17:00:00 UTC may be lost/);
  expect(schedule.alerts().map((alert) => alert['Total Byte Exfil'])).toEqual(['800']);
});

test('with a short window too, one run reaches the present', async ({ schedule }) => {
  const window = ['--window', '15s'];
  await schedule.ok(0, ...window);
  await schedule.events([3 * DAY - 5, 150]);
  await schedule.ok(3 * DAY, ...window);
  expect(schedule.heard()).toEqual(['150 in 15s']);
  const [run] = await schedule.database.query('select evaluated_until from leaktally_state_runs');
  expect(run).toEqual({ evaluated_until: T + 3 * DAY });
});

test('runs are five minutes apart in a gap: a leak of a short window is seen at exactly their times', async ({
  schedule,
}) => {
  const window = ['--window', '15s'];
  await schedule.ok(0, ...window);
  // In the window of the run at 10 minutes, on both of its edges, and of no run.
  await schedule.events([10 * MINUTE, 60], [10 * MINUTE - 15, 60], [20 * MINUTE - 16, 500], [25 * MINUTE + 1, 500]);
  await schedule.ok(HOUR, ...window);
  expect(schedule.heard()).toEqual([`120 in 15s ${until(10 * MINUTE)}`]);
});

test('before a run that catches up, a dry run shows its alerts and an explanation its group', async ({ schedule }) => {
  await schedule.ok(0);
  await schedule.events([HOUR, 150]);
  const at = 3 * DAY;
  const { leaks } = await schedule.report(at, '--dry-run');
  const explained = await schedule.ok(at, '--explain', '10.1.1.5,203.0.113.9', '--format', 'json');
  const done = await schedule.report(at);
  const alert = { bytes: 150, status: 'new', asOf: T + HOUR };
  expect(leaks).toMatchObject([{ ...alert, alert: 'would-send' }]);
  expect(JSON.parse(explained.stdout)).toMatchObject({ groups: [{ isDue: true, decision: 'below', bytes: 0 }] });
  expect(done.leaks).toMatchObject([{ ...alert, alert: 'sent' }]);
});

test('an explanation says "below" where the run keeps the episode open', async ({ schedule }) => {
  await schedule.events([0, 150]);
  await schedule.ok(0);
  const explain = async (after: number) => {
    const { stdout } = await schedule.ok(after, '--explain', '10.1.1.5', '--format', 'json');
    return JSON.parse(stdout);
  };
  // At one look, since the past closes by the total alone.
  await schedule.ok(DAY);
  expect(await explain(DAY + 5 * MINUTE)).toMatchObject({ groups: [{ decision: 'below', isDue: false }] });
  await schedule.ok(DAY + 5 * MINUTE);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: null }]);
  await schedule.signs(DAY, DAY + 5 * MINUTE);
  expect(await explain(DAY + 5 * MINUTE)).toMatchObject({ groups: [{ decision: 'closed', isDue: false }] });
  await schedule.ok(DAY + 10 * MINUTE);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: T + DAY + 10 * MINUTE }]);
});

test('ten days off with a collector that stands still are a few lines, one a kind', async ({ schedule }) => {
  await schedule.events([0, 150]);
  await schedule.ok(0);
  const { stderr } = await schedule.ok(10 * DAY);
  const kinds = linesOf(stderr).map((line) => line.slice(0, 40));
  expect(linesOf(stderr).length).toBeLessThanOrEqual(3);
  expect(new Set(kinds).size).toBe(kinds.length);
});

test('a leak that closed is no news under a longer window until there is a new byte', async ({ schedule }) => {
  await schedule.events([0, 150]);
  await schedule.ok(0);
  await schedule.signs(0, 26 * HOUR);
  await schedule.ok(25 * HOUR);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: expect.any(Number) }]);
  const { leaks } = await schedule.report(25 * HOUR + 5 * MINUTE, '--window', '48h');
  expect(leaks).toMatchObject([{ bytes: 150, status: 'known', alert: 'none' }]);
  await schedule.events([25 * HOUR + 6 * MINUTE, 1]);
  await schedule.ok(25 * HOUR + 10 * MINUTE, '--window', '48h');
  expect(schedule.heard()).toEqual(['150 in 24h', '151 in 2d']);
});

test('nor is one whose alert is still due, which then comes once', async ({ schedule }) => {
  await schedule.events([0, 150]);
  await schedule.unheard(0);
  await schedule.signs(0, 26 * HOUR);
  await schedule.unheard(25 * HOUR);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: expect.any(Number) }]);
  const { leaks } = await schedule.report(25 * HOUR + 5 * MINUTE, '--window', '48h');
  expect(leaks.map(({ status, alert }) => [status, alert])).toContainEqual(['new', 'sent']);
  expect(schedule.alerts()).toHaveLength(1);
  expect(await schedule.episodes()).toHaveLength(1);
});

test('a name under an excluded domain that was looked up again after a gap counts for the gap', async ({
  schedule,
}) => {
  const exclude = ['--exclude-domain', 'efscloud.net'];
  const name = (after: number) =>
    insertName(schedule.database, '10.1.1.5', '203.0.113.9', 'www.efscloud.net', T + after);
  await schedule.ok(0, ...exclude);
  await schedule.events([HOUR, 150], [HOUR, 140, { destination: '198.51.100.7' }]);
  await name(50 * HOUR);
  await schedule.ok(50 * HOUR, ...exclude);
  expect(schedule.alerts().map((alert) => alert['Destination IP'])).toEqual(['198.51.100.7']);
  const { leaks, events } = await schedule.report(50 * HOUR, '--as-of', `${T + 2 * HOUR}`, ...exclude);
  expect(leaks).toMatchObject([{ destination: '198.51.100.7' }]);
  expect(events).toMatchObject({ counted: 1, excluded: 1 });
});

test('a domain whose name was looked up again after a gap keeps its episode', async ({ schedule }) => {
  const byDomain = ['--group-by', 'source,domain', '--realert-growth', '1000'];
  await insertName(schedule.database, '10.1.1.5', '203.0.113.9', 'www.efscloud.net', T);
  await schedule.events([0, 150], [2 * HOUR, 10]);
  await schedule.ok(0, ...byDomain);
  await schedule.database.query('update domain_index set last_seen = ?', [T + 5 * HOUR]);
  await schedule.ok(5 * HOUR, ...byDomain);
  expect(await schedule.episodes()).toMatchObject([{ group_key: '10.1.1.5 efscloud.net', closed_at: null }]);
});

test('an address whose newest name alternates between two domains is alerted once', async ({ schedule, receiver }) => {
  const byDomain = ['--group-by', 'source,domain'];
  await schedule.events([0, 150]);
  for (const run of [0, 1, 2, 3]) {
    const name = ['www.alpha.net', 'www.beta.com'][run % 2] as string;
    await insertName(schedule.database, '10.1.1.5', '203.0.113.9', name, T + run * 5 * MINUTE);
    await schedule.ok(run * 5 * MINUTE, ...byDomain);
  }
  expect(receiver.records()).toEqual([expect.stringContaining('Domain: alpha.net;')]);
});

test('an address whose only name ages out is not alerted again', async ({ schedule, receiver }) => {
  const byDomain = ['--group-by', 'source,domain', '--window', '1h'];
  await insertName(schedule.database, '10.1.1.5', '203.0.113.9', 'www.alpha.net', T);
  for (const hour of [0, 0.5, 1, 1.5, 2, 2.5, 3]) {
    await schedule.events([hour * HOUR, 101]);
    await schedule.ok(hour * HOUR, ...byDomain, '--realert-growth', '1000', '--realert-after', '90d');
  }
  expect(receiver.records()).toEqual([expect.stringContaining('Domain: alpha.net;')]);
});

test('--what-if counts a repeat whose time comes between two events', async ({ schedule }) => {
  await schedule.events([-55 * MINUTE, 150], [-52 * MINUTE, 1]);
  const rules = ['--window', '1h', '--realert-after', '10m'];
  const { stdout } = await schedule.ok(0, '--what-if', '100', '--format', 'json', ...rules);
  expect(JSON.parse(stdout).whatIf).toEqual([
    { thresholdBytes: 100, leaks: 1, alerts: 2, new: 1, grown: 0, repeat: 1 },
  ]);
});

test('exactly at the threshold, and exactly at 80% of it: --what-if, --watch and the run', async ({ schedule }) => {
  // Several events of one slot, of which the later one is the smaller.
  await schedule.events([-70, 60], [-65, 15], [-60, 25], [-70, 79, { destination: '198.51.100.7' }]);
  await schedule.events([-60, 30, { destination: '198.51.100.8' }], [-70, 50, { destination: '198.51.100.8' }]);
  const { stdout } = await schedule.ok(0, '--what-if', '100,99', '--format', 'json');
  const none = { new: 0, grown: 0, repeat: 0 };
  expect(JSON.parse(stdout).whatIf).toEqual([
    { thresholdBytes: 99, leaks: 1, alerts: 1, ...none, new: 1 },
    { thresholdBytes: 100, leaks: 0, alerts: 0, ...none },
  ]);
  const at = await schedule.report(0, '--watch', '80');
  expect(at.leaks).toEqual([]);
  expect(at.watch?.map(({ destination, bytes }) => [destination, bytes])).toEqual([
    ['203.0.113.9', 100],
    ['198.51.100.8', 80],
  ]);
  const above = await schedule.report(0, '--watch', '80', '--threshold', '99');
  expect(above.leaks).toMatchObject([{ destination: '203.0.113.9', bytes: 100, status: 'new' }]);
});

test('--watch after a gap shows the totals of now', async ({ schedule }) => {
  await schedule.ok(0);
  await schedule.events([HOUR, 50], [2 * DAY, 40], [2 * DAY, 90, { destination: '198.51.100.7' }]);
  const { watch } = await schedule.report(2 * DAY, '--watch', '80');
  expect(watch).toMatchObject([{ destination: '198.51.100.7', bytes: 90 }]);
  expect(watch).toHaveLength(1);
});

test('an explanation excludes no pair that the run counts, since its name is too old', async ({ schedule }) => {
  const rules = ['--window', '1h', '--group-by', 'source,domain', '--exclude-domain', 'efscloud.net'];
  await insertName(schedule.database, '10.1.1.5', '203.0.113.9', 'www.efscloud.net', T - 10 * HOUR);
  await schedule.events([-60, 140, { destination: '198.51.100.7' }]);
  await schedule.ok(0, ...rules);
  await schedule.events([60, 150]);
  const { stdout } = await schedule.ok(5 * MINUTE, '--explain', '10.1.1.5', '--format', 'json', ...rules);
  const { leaks } = await schedule.report(5 * MINUTE, ...rules);
  expect(leaks).toMatchObject([
    { domain: 'efscloud.net', bytes: 150, status: 'new' },
    { domain: '198.51.100.7', bytes: 140, status: 'known' },
  ]);
  expect(JSON.parse(stdout).groups).toMatchObject([
    { domain: 'efscloud.net', bytes: 150, excludedEvents: 0, decision: 'new', isDue: true },
    { domain: '198.51.100.7', bytes: 140 },
  ]);
});
