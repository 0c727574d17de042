import { expect } from 'vitest';
import { insertEvents, insertOtherEvent, MB } from '../support/builders/events.ts';
import { parseReport } from '../support/command/json-report.ts';
import { type CommandResult, runOn } from '../support/command/leaktally.ts';
import { linesOf } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';
import { alertIds, parseAlert } from '../support/receivers/parse-alert.ts';
import { startReceiver } from '../support/receivers/receiver.ts';
import type { TestDatabase } from '../support/servers/database.ts';

const HOUR = 3600;

const test = base
  .extend('runForJson', ({ database, receiver }) => async (...more: string[]) => {
    const result = await runOn(database, ['--syslog', receiver.url, '--format', 'json', ...more]);
    return { ...result, leaks: parseReport(result).leaks };
  })
  .extend('alerts', ({ receiver }) => () => {
    return receiver.records().map(parseAlert);
  })
  .extend('outage', async ({ database, runForJson }) => new Outage(database, await database.now(), runForJson));

class Outage {
  constructor(
    private readonly database: TestDatabase,
    readonly now: number,
    private readonly run: (...more: string[]) => Promise<CommandResult>,
  ) {}

  /** Dates the last completed run back by so many hours. */
  async begin(hours: number, ...more: string[]): Promise<void> {
    expect((await this.run(...more)).code).toBe(0);
    await this.database.query('update leaktally_state_runs set evaluated_until = ?', [this.now - hours * HOUR]);
  }

  /** Inserts two events of 60 MB, so many hours ago: from the second one on, they are a leak. */
  leak(firstHoursAgo: number, secondHoursAgo: number, destination = '203.0.113.9'): Promise<void> {
    const events = [firstHoursAgo, secondHoursAgo].map((hours) => ({
      epoch: this.now - Math.round(hours * HOUR),
      destination,
      bytes: 60 * MB,
    }));
    return insertEvents(this.database, events);
  }

  /** How many hours ago the window of a late alert ended. */
  hoursAgo(window = ''): number {
    const time = /^24h to (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/.exec(window)?.[1];
    return (this.now - Date.parse(time ?? 'none') / 1000) / HOUR;
  }
}

test.beforeEach(({ database }) => insertOtherEvent(database, 5));

test('a leak in the middle of an outage of three days is alerted once, with a time at which it was a leak', async ({
  runForJson,
  alerts,
  outage,
}) => {
  await outage.begin(72);
  await outage.leak(37, 36.5);
  const first = await runForJson();
  const second = await runForJson();
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(linesOf(first.stderr)).toContainEqual(expect.stringContaining('catching up'));
  expect(linesOf(second.stderr)).not.toContainEqual(expect.stringContaining('catching up'));
  expect(first.leaks).toMatchObject([{ destination: '203.0.113.9', status: 'new', alert: 'sent' }]);
  expect(alerts()).toHaveLength(1);
  const seen = outage.hoursAgo(alerts()[0]?.Window);
  expect(seen).toBeLessThanOrEqual(36.5);
  expect(seen).toBeGreaterThanOrEqual(13);
});

test('--no-catch-up looks at now only', async ({ receiver, runForJson, outage }) => {
  await outage.begin(72);
  await outage.leak(37, 36.5);
  const { code, leaks } = await runForJson('--no-catch-up');
  expect({ code, leaks }).toEqual({ code: 0, leaks: [] });
  expect(receiver.records()).toEqual([]);
});

// 60 MB events this far apart are both in the window for little more than a twelfth of it, at any phase of the steps.
test.for([50, 49.5, 49, 48.5, 48])(
  'a leak that ended %f hours ago and lasted a little over two hours',
  async (end, { runForJson, alerts, outage }) => {
    await outage.begin(72);
    await outage.leak(end, end - 21.9);
    expect((await runForJson()).code).toBe(0);
    expect(alerts()).toHaveLength(1);
  },
);

test('a leak that began in the outage and goes on is reported once and alerted once', async ({
  database,
  runForJson,
  alerts,
  outage,
}) => {
  await outage.begin(72, '--realert-after', 'none');
  await outage.leak(37, 36.5);
  await outage.leak(20, 19);
  await outage.leak(0.3, 0.2);
  await database.query(
    `update alm_bulletin_board_data set message = replace(message, ': 60000000', ': 30000000') where epoch > ?`,
    [outage.now - 21 * HOUR],
  );
  const { code, leaks } = await runForJson('--realert-after', 'none');
  expect(code).toBe(0);
  expect(leaks).toHaveLength(1);
  expect(leaks).toMatchObject([{ destination: '203.0.113.9', status: 'new', alert: 'sent' }]);
  expect(alerts()).toHaveLength(1);
});

test('two crossings in one outage are two alerts', async ({ runForJson, alerts, outage }) => {
  await outage.begin(144);
  await outage.leak(110, 109);
  await outage.leak(50, 49);
  const { code } = await runForJson();
  expect(code).toBe(0);
  const seen = alerts().map(({ Window }) => outage.hoursAgo(Window));
  expect(seen).toHaveLength(2);
  expect(seen[0]).toBeGreaterThan(49);
  expect(seen[1]).toBeLessThanOrEqual(49);
  expect(new Set(alerts().map(({ Alert }) => Alert)).size).toBe(2);
});

test('one run catches up with any number of missed ones, and sends what is open now first', async ({
  runForJson,
  alerts,
  outage,
}) => {
  const window = ['--window', '1h'];
  await outage.begin(40, ...window);
  await outage.leak(39.5, 39.2, '203.0.113.1');
  await outage.leak(0.3, 0.2, '203.0.113.2');
  const { code, leaks } = await runForJson(...window);
  expect(code).toBe(0);
  expect(alerts().map((alert) => alert['Destination IP'])).toEqual(['203.0.113.2', '203.0.113.1']);
  expect(leaks.map(({ destination, alert }) => [destination, alert]).sort()).toEqual([
    ['203.0.113.1', 'sent'],
    ['203.0.113.2', 'sent'],
  ]);
});

test('a leak of the outage whose alert fails goes out with the next run, under the same id', async ({
  receiver,
  runForJson,
  alerts,
  outage,
}) => {
  await outage.begin(72);
  await outage.leak(37, 36.5);
  const broken = await startReceiver(({ read, socket }) => read().then(() => socket.resetAndDestroy()));
  const failed = await runForJson('--syslog', broken.url);
  await broken.stop();
  expect(failed.code).toBe(1);
  expect(failed.leaks).toMatchObject([{ destination: '203.0.113.9', alert: 'failed' }]);
  expect((await runForJson()).code).toBe(0);
  expect(alerts()).toHaveLength(1);
  expect(new Set(alertIds([...broken.records(), ...receiver.records()])).size).toBe(1);
  const seen = outage.hoursAgo(alerts()[0]?.Window);
  expect(seen).toBeLessThanOrEqual(36.5);
  expect(seen).toBeGreaterThanOrEqual(13);
});
