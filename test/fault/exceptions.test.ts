import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertName } from '../support/builders/events.ts';
import { mmdb } from '../support/builders/mmdb.ts';
import { DAY, HOUR, MINUTE, T, test as timed, until } from '../support/command/clock.ts';
import { linesOf } from '../support/command/output.ts';
import { emptyFolder } from '../support/folders.ts';

// The clock is at 16:00 UTC on 2025-11-24 when a test begins; the day ends eight hours later.

const MIDNIGHT = 8 * HOUR;
const folder = emptyFolder();
const FILE = join(folder, 'exceptions.txt');
const TODAY = 'until 2025-11-24';

/** Tests with an exceptions file, whose lines may change from run to run. */
const test = timed.extend('withLines', () => (...lines: string[]) => {
  writeFileSync(FILE, lines.join('\n'));
  return ['--exceptions', FILE];
});

test('a leak that a line left out is alerted by the first run after its last day, and once', async ({
  schedule,
  withLines,
}) => {
  const exceptions = withLines(`203.0.113.9 ${TODAY}`);
  await schedule.events([HOUR, 150]);
  await schedule.ok(2 * HOUR, ...exceptions);
  await schedule.ok(MIDNIGHT - 1, ...exceptions);
  expect(schedule.heard()).toEqual([]);
  await schedule.ok(MIDNIGHT, ...exceptions);
  await schedule.ok(MIDNIGHT + 5 * MINUTE, ...exceptions);
  expect(schedule.heard()).toEqual(['150 in 24h']);
});

test('in a gap, each look is decided by the lines of its time, in a run as in what it says beforehand', async ({
  schedule,
  withLines,
}) => {
  const exceptions = withLines(`203.0.113.9 ${TODAY}`, `source 10.1.1.6 above 120 ${TODAY}`);
  await schedule.ok(0, ...exceptions);
  // The first has left the window when it would count; the second pair has a threshold of 120 until midnight.
  const other = { source: '10.1.1.6', destination: '198.51.100.7' };
  await schedule.events([MIDNIGHT - DAY - 10, 500], [HOUR, 150], [2 * HOUR, 110, other]);
  const end = MIDNIGHT + 3 * HOUR;
  const { leaks } = await schedule.report(end, '--dry-run', ...exceptions);
  const explained = await schedule.ok(end, '--explain', '10.1.1.5', '--format', 'json', ...exceptions);
  const done = await schedule.report(end, ...exceptions);
  expect(done.leaks.map(({ source, bytes, asOf, alert }) => [source, bytes, asOf ?? T + end, alert])).toEqual([
    ['10.1.1.5', 150, T + end, 'sent'],
    ['10.1.1.6', 110, T + end, 'sent'],
  ]);
  expect(leaks.map((leak) => ({ ...leak, alert: 'sent' }))).toEqual(done.leaks);
  expect(JSON.parse(explained.stdout)).toMatchObject({ groups: [{ decision: 'new', isDue: true, bytes: 150 }] });
  expect((await schedule.episodes()).map(({ opened_at }) => opened_at)).toEqual([T + MIDNIGHT, T + MIDNIGHT]);
});

test('a leak whose threshold was larger until midnight is alerted for the looks after it only', async ({
  schedule,
  withLines,
}) => {
  const exceptions = withLines(`source 10.1.1.5 above 1000 ${TODAY}`);
  await schedule.ok(0, ...exceptions);
  // 900 B until ten minutes after midnight, 110 B from then on until the evening.
  await schedule.events([MIDNIGHT - DAY + 10 * MINUTE, 790], [HOUR, 110]);
  await schedule.ok(DAY + 2 * HOUR, ...exceptions);
  expect(schedule.heard()).toEqual([`900 in 24h ${until(MIDNIGHT)}`]);
});

test('a line that comes and goes posts nothing again without new bytes', async ({ schedule, withLines }) => {
  await schedule.signs(0, 3 * HOUR);
  await schedule.events([0, 150]);
  await schedule.ok(0);
  await schedule.ok(5 * MINUTE, ...withLines('203.0.113.9'));
  expect(await schedule.episodes()).toMatchObject([{ closed_at: T + 5 * MINUTE }]);
  const { leaks } = await schedule.report(10 * MINUTE, ...withLines('203.0.113.9 until 2025-11-23'));
  expect(leaks).toMatchObject([{ bytes: 150, status: 'known', alert: 'none' }]);
  await schedule.ok(15 * MINUTE, ...withLines('203.0.113.9 above 400'));
  await schedule.ok(20 * MINUTE, ...withLines());
  expect(schedule.heard()).toEqual(['150 in 24h']);
  await schedule.events([25 * MINUTE, 1]);
  await schedule.ok(25 * MINUTE, ...withLines());
  expect(schedule.heard()).toEqual(['150 in 24h', '151 in 24h']);
});

test('old bytes that count again when a line ends are no new bytes of a source that was alerted', async ({
  schedule,
  withLines,
}) => {
  const args = ['--group-by', 'source', ...withLines(`198.51.100.7 ${TODAY}`)];
  await schedule.events([0, 150], [-HOUR, 500, { destination: '198.51.100.7' }]);
  await schedule.ok(0, ...args);
  const { leaks } = await schedule.report(MIDNIGHT, ...args);
  expect(leaks).toMatchObject([{ bytes: 650, status: 'known', growth: null }]);
  await schedule.events([MIDNIGHT, 1]);
  await schedule.ok(MIDNIGHT + 5 * MINUTE, ...args);
  expect(schedule.heard()).toEqual(['150 in 24h', '651 in 24h']);
});

test('an alert that is due is sent although a line now leaves its group out', async ({ schedule, withLines }) => {
  await schedule.signs(0, HOUR);
  await schedule.events([0, 150]);
  await schedule.unheard(0);
  await schedule.ok(5 * MINUTE, ...withLines('203.0.113.9'));
  await schedule.ok(10 * MINUTE, ...withLines('203.0.113.9'));
  expect(schedule.heard()).toEqual([`150 in 24h ${until(0)}`]);
});

test('a group closes at half of its own threshold', async ({ schedule, withLines }) => {
  const args = ['--window', '1h', ...withLines('source 10.1.1.5 above 400')];
  await schedule.signs(0, 3 * HOUR);
  await schedule.events([0, 300], [30 * MINUTE, 201]);
  await schedule.ok(30 * MINUTE, ...args);
  expect(schedule.heard()).toEqual(['501 in 1h']);
  await schedule.ok(HOUR + 5 * MINUTE, ...args);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: null }]);
  await schedule.ok(HOUR + 35 * MINUTE, ...args);
  expect(await schedule.episodes()).toMatchObject([{ closed_at: expect.any(Number) }]);
});

test('a domain keeps its threshold as long as its episode keeps the domain, whatever the age of the name', async ({
  schedule,
  withLines,
  database,
}) => {
  const args = ['--window', '1h', '--group-by', 'source,domain', ...withLines('alpha.net above 20')];
  await insertName(database, '10.1.1.5', '203.0.113.9', 'www.alpha.net', T - 2 * HOUR);
  await schedule.signs(-HOUR, 3 * HOUR);
  await schedule.events([0, 25], [50 * MINUTE, 15], [100 * MINUTE, 45]);
  await schedule.ok(0, ...args);
  await schedule.ok(50 * MINUTE, ...args);
  const explained = await schedule.ok(105 * MINUTE, '--explain', '10.1.1.5,alpha.net', '--format', 'json', ...args);
  expect(JSON.parse(explained.stdout).groups).toMatchObject([{ thresholdBytes: 20, bytes: 60 }]);
  const { leaks } = await schedule.report(105 * MINUTE, ...args);
  expect(leaks).toMatchObject([{ domain: 'alpha.net', bytes: 60, status: 'grown', thresholdBytes: 20 }]);
});

test('what a group is compared with is shown, watched and explained', async ({ schedule, withLines, database }) => {
  await insertName(database, '10.1.1.6', '198.51.100.7', 'www.alpha.net', T);
  await insertName(database, '10.1.1.6', '198.51.100.8', 'www.alpha.net', T);
  await insertName(database, '10.1.1.6', '198.51.100.8', 'www.attacker.example', T);
  const to = (destination: string) => ({ source: '10.1.1.6', destination });
  await schedule.events(
    ...([
      [0, 450],
      [0, 350, to('198.51.100.7')],
      [0, 30, to('198.51.100.8')],
      [0, 70, to('192.0.2.1')],
    ] as const),
  );
  const exceptions = withLines(
    'source 10.0.0.0/8 above 60    # the last line decides',
    'source 10.1.1.5 above 400 until 2026-01-31',
    'alpha.net above 360',
    'attacker.example above 1',
    `192.0.2.1 ${TODAY}`,
  );
  const { leaks, watch } = await schedule.report(0, '--watch', '50', ...exceptions);
  expect(leaks.map(({ bytes, thresholdBytes }) => [bytes, thresholdBytes])).toEqual([[450, 400]]);
  expect(watch?.map(({ bytes, thresholdBytes }) => [bytes, thresholdBytes])).toEqual([
    [350, 360],
    // Not all of its names are under one of the domains.
    [30, 60],
  ]);
  const { stdout } = await schedule.ok(5 * MINUTE, '--watch', '50', ...exceptions);
  expect(stdout).toContain('threshold of its own: 400 B');
  expect(stdout).toContain('1 leak above 100 B or a threshold of its own');
  const explained = await schedule.ok(10 * MINUTE, '--explain', '10.1.1.5', ...exceptions);
  expect(explained.stdout.replace(/\s+/g, ' ')).toContain(
    `400 B instead of 100 B, by source 10.1.1.5 (${FILE}, line 2, until 2026-01-31)`,
  );
  const leftOut = await schedule.ok(10 * MINUTE, '--explain', '10.1.1.6,192.0.2.1', '--format', 'json', ...exceptions);
  const reason = `destination 192.0.2.1 (${FILE}, line 5, until 2025-11-24)`;
  expect(JSON.parse(leftOut.stdout)).toMatchObject({
    groups: [{ bytes: 0, excludedBytes: 70, exclusions: [reason], thresholdBytes: 100, thresholdBy: null }],
    events: [{ reason: `excluded: ${reason}` }],
  });
});

test('an AS is left out, or has a threshold of its own', async ({ schedule, withLines }) => {
  const database = join(folder, 'as.mmdb');
  const asOf = (number: number) => ({ autonomous_system_number: number });
  writeFileSync(database, mmdb({ '203.0.113.0/24': asOf(64_496), '198.51.100.0/24': asOf(64_497) }));
  const to = (destination: string) => ({ destination });
  await schedule.events(
    [0, 150],
    [0, 140, to('198.51.100.7')],
    [0, 130, to('198.51.100.8')],
    [0, 120, to('192.0.2.1')],
  );
  const args = [
    ...['--ip-database', database],
    ...withLines(`as AS64496 ${TODAY}`, 'as 64497 above 135', 'as AS64511 above 1'),
  ];
  const { leaks, events } = await schedule.report(0, '--dry-run', ...args);
  expect(leaks.map(({ bytes, thresholdBytes }) => [bytes, thresholdBytes])).toEqual([
    [140, 135],
    [120, 100],
  ]);
  expect(events).toMatchObject({ counted: 3, excluded: 1 });
  const explained = await schedule.ok(0, '--explain', '10.1.1.5,203.0.113.9', '--format', 'json', ...args);
  expect(JSON.parse(explained.stdout).groups).toMatchObject([
    { exclusions: [`as AS64496 (${FILE}, line 1, until 2025-11-24)`], decision: 'below' },
  ]);
  const option = await schedule.report(0, '--dry-run', '--exclude-as', 'AS64497', '--ip-database', database);
  expect(option.leaks.map(({ bytes }) => bytes)).toEqual([150, 120]);
  const { leaks: tomorrow } = await schedule.report(MIDNIGHT, '--dry-run', ...args);
  expect(tomorrow.map(({ bytes }) => bytes)).toEqual([150, 140, 120]);
});

test('--what-if takes the place of --threshold only, and says how many groups have one of their own', async ({
  schedule,
  withLines,
}) => {
  await schedule.events([-HOUR, 450], [-HOUR, 50, { source: '10.1.1.6' }], [-DAY - HOUR, 9, { source: '10.9.9.9' }]);
  const args = ['--what-if', '40,60,600', ...withLines('source 10.1.1.5 above 400', 'source 10.9.9.9 above 1')];
  const answer = JSON.parse((await schedule.ok(0, ...args, '--format', 'json')).stdout);
  expect(answer.ownThresholds).toBe(1);
  expect(answer.whatIf.map(({ leaks }: { leaks: number }) => leaks)).toEqual([2, 1, 1]);
  expect((await schedule.ok(0, ...args)).stdout).toContain('1 group keeps its own threshold in every row');
  expect((await schedule.ok(0, ...args, ...withLines(''))).stdout).not.toContain('own threshold');
});

test('--debug names lines that ended or match nothing, by the time of the look', async ({ schedule, withLines }) => {
  await schedule.events([0, 150]);
  const exceptions = withLines(`203.0.113.9 above 400 ${TODAY}`, 'source 10.9.9.9');
  const said = async (after: number, ...args: string[]) =>
    linesOf((await schedule.ok(after, '--debug', ...exceptions, ...args)).stderr).filter((line) =>
      line.includes('exceptions that'),
    );
  const ended = `leaktally: exceptions that have ended: destination 203.0.113.9 (${FILE}, line 1, until 2025-11-24)`;
  const unused = `leaktally: exceptions that match nothing in the window: source 10.9.9.9 (${FILE}, line 2)`;
  expect(await said(0)).toEqual([unused]);
  expect(await said(MIDNIGHT)).toEqual([ended, unused]);
  expect(await said(MIDNIGHT, '--as-of', `${T}`)).toEqual([unused]);
  expect(await said(MIDNIGHT, '--explain', '10.1.1.5')).toEqual([ended]);
  expect(await said(MIDNIGHT, '--what-if', '100')).toEqual([ended]);
});
