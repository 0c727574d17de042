import { expect, test } from 'vitest';
import { compareThresholds } from '../../../src/leaks/compare-thresholds.ts';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { NO_IP_DATABASES } from '../../../src/tally/ip-database.ts';
import type { TestEvent } from '../../support/builders/events.ts';
import { openEvents } from '../../support/builders/opened-events.ts';

const NOW = 1_764_000_007;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** The counts of each threshold: leaks, new, grown, repeat. */
async function compare(events: readonly TestEvent[], thresholds: readonly number[], flags: RawFlags = {}) {
  const options = readOptions({ database: 'sqlite:events.db', ...flags }, {});
  const context = {
    source: await openEvents(events),
    ipDatabases: NO_IP_DATABASES,
    showProgress: <T>(_: () => string, work: () => Promise<T>) => work(),
  };
  const report = await compareThresholds(options, thresholds, context, NOW);
  for (const { alerts, new: first, grown, repeat } of report.whatIf) expect(alerts).toBe(first + grown + repeat);
  return {
    report,
    counts: report.whatIf.map(({ thresholdBytes, leaks, new: first, grown, repeat }) => [
      ...[thresholdBytes, leaks, first, grown, repeat],
    ]),
  };
}

const sent = (bytes: number, secondsAgo: number, destination = '203.0.113.9'): TestEvent => {
  return { epoch: NOW - secondsAgo, destination, bytes };
};

test('a total exactly at a threshold is no leak of it', async () => {
  const { counts } = await compare([sent(60, 3 * HOUR), sent(40, 2 * HOUR)], [59, 60, 99, 100]);
  expect(counts).toEqual([
    [59, 1, 1, 0, 0],
    [60, 1, 1, 0, 0],
    [99, 1, 1, 0, 0],
    [100, 0, 0, 0, 0],
  ]);
});

test('alerts are those of runs every five minutes, leaks those of now', async () => {
  // Above 100 at once, then twice that, then an hour later one more byte.
  const events = [sent(150, 9 * HOUR), sent(150, 8 * HOUR), sent(1, 6 * HOUR)];
  const { counts } = await compare(events, [100, 200, 300, 301], { realertAfter: '1h' });
  expect(counts).toEqual([
    [100, 1, 1, 1, 1],
    [200, 1, 1, 0, 1],
    [300, 1, 1, 0, 0],
    [301, 0, 0, 0, 0],
  ]);
});

test('several events of one five minutes are one alert', async () => {
  const { counts } = await compare([sent(150, 1000), sent(150, 999), sent(1000, 998)], [100]);
  expect(counts).toEqual([[100, 1, 1, 0, 0]]);
});

test('what was alerted and is over within the window is no leak of now', async () => {
  const { counts } = await compare([sent(150, 5 * HOUR)], [100, 200], { window: '6h' });
  expect(counts).toEqual([
    [100, 1, 1, 0, 0],
    [200, 0, 0, 0, 0],
  ]);
});

test('each group counts for itself, and the rest of the report is that of the window', async () => {
  const events = [
    sent(150, HOUR),
    sent(250, HOUR, '198.51.100.7'),
    sent(5, DAY, '198.51.100.8'),
    // Left the window before now, but was in those of earlier runs.
    sent(999, DAY + 1, '198.51.100.9'),
  ];
  const { report, counts } = await compare(events, [100, 200], { policy: 'Exceeded 5 MB in 5' });
  expect(counts).toEqual([
    [100, 2, 3, 0, 0],
    [200, 1, 2, 0, 0],
  ]);
  expect(report).toMatchObject({ asOf: NOW, windowSeconds: DAY, groupBy: ['source', 'destination'] });
  expect(report.policies).toEqual(['Exceeded 5 MB in 5']);
  expect(report.tally).toMatchObject({ matched: 3, counted: 3 });
});

test('a leak that is over and comes again is alerted again', async () => {
  const { counts } = await compare([sent(150, 4 * HOUR - 900), sent(160, 600)], [100], { window: '2h' });
  expect(counts).toEqual([[100, 1, 2, 0, 0]]);
});

test('a total that is at the threshold now is no leak, whatever it was before', async () => {
  const { counts } = await compare([sent(50, 3 * HOUR), sent(100, HOUR)], [100], { window: '2h' });
  expect(counts).toEqual([[100, 0, 1, 0, 0]]);
});
