import { expect } from 'vitest';
import { AS_OF, insertEvents, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { test } from '../support/fixtures.ts';

test('both ends of the window belong to it, the seconds beyond do not', async ({ database }) => {
  await insertEvents(database, [
    { epoch: AS_OF - 5401, bytes: 1000 * MB },
    { epoch: AS_OF - 5400, bytes: 60 * MB },
    { epoch: AS_OF, bytes: 70 * MB },
    { epoch: AS_OF + 1, bytes: 2000 * MB },
  ]);
  const report = await reportOf(database, ['--as-of', `${AS_OF}`, '--window', '90m']);
  expect(report).toMatchObject({ asOf: AS_OF, windowSeconds: 5400, events: { matched: 2, newest: AS_OF } });
  expect(report.leaks).toMatchObject([{ bytes: 130 * MB, events: 2, firstSeen: AS_OF - 5400, lastSeen: AS_OF }]);
});

test.for(['2025-11-24T02:06:40Z', '2025-11-24T03:06:40+01:00'])(
  '--as-of %s is the same moment',
  async (asOf, { database }) => {
    await insertEvents(database, [{ epoch: AS_OF, bytes: 101 * MB }]);
    expect(await reportOf(database, ['--as-of', asOf])).toMatchObject({ asOf: AS_OF, leaks: [{ bytes: 101 * MB }] });
  },
);

test('without --as-of the window is the last 24 hours, without events from the future', async ({ database }) => {
  const now = await database.now();
  await insertEvents(database, [
    { epoch: now - 86_400 - 60, bytes: 1000 * MB },
    { epoch: now - 86_400 + 60, bytes: 60 * MB },
    { epoch: now - 1, bytes: 70 * MB },
    { epoch: now + 600, bytes: 2000 * MB },
  ]);
  const report = await reportOf(database, ['--dry-run']);
  expect(report.windowSeconds).toBe(86_400);
  expect(report.asOf).toBeGreaterThanOrEqual(now);
  expect(report.leaks).toMatchObject([{ bytes: 130 * MB, events: 2 }]);
});

test('a total equal to the threshold is no leak, one byte more is', async ({ database }) => {
  await insertEvents(database, [
    { epoch: AS_OF, source: '10.0.0.1', bytes: 100 * MB },
    { epoch: AS_OF, source: '10.0.0.2', bytes: 100 * MB },
    { epoch: AS_OF, source: '10.0.0.2', bytes: 1 },
  ]);
  const report = await reportOf(database, ['--as-of', `${AS_OF}`]);
  expect(report.leaks.map(({ source, bytes }) => [source, bytes])).toEqual([['10.0.0.2', 100 * MB + 1]]);
});
