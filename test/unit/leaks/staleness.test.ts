import { expect, test } from 'vitest';
import { staleness } from '../../../src/leaks/staleness.ts';
import type { Tally } from '../../../src/model.ts';
import { REPORT } from '../../support/builders/example-report.ts';
import { openEvents } from '../../support/builders/opened-events.ts';

const NOW = 1_764_000_000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** What is said with rows of another policy at these times, when the newest of the policy is this old. */
async function stalenessOf(
  ages: readonly number[],
  tolerance: number,
  ageOfPolicy: number | null,
): Promise<string | null> {
  const source = await openEvents(ages.map((age) => ({ epoch: NOW - age, policy: 'Another', bytes: 1 })));
  const newest = ageOfPolicy === null ? null : NOW - ageOfPolicy;
  const tally: Tally = { ...REPORT.tally, newest };
  return staleness(source, { tally, asOf: NOW }, tolerance);
}

test('data is fresh up to the tolerance, by an event of the policy or of any other', async () => {
  expect(await stalenessOf([], HOUR, HOUR)).toBeNull();
  expect(await stalenessOf([], HOUR, HOUR + 1)).toMatch(/there are no events at all/);
  expect(await stalenessOf([9 * HOUR, HOUR], HOUR, null)).toBeNull();
  expect(await stalenessOf([9 * HOUR, HOUR], HOUR, 9 * HOUR)).toBeNull();
  expect(await stalenessOf([HOUR + 1], HOUR, null)).not.toBeNull();
});

test('a row from the future proves nothing', async () => {
  expect(await stalenessOf([-1, 3 * HOUR], HOUR, null)).toMatch(/is 3 hours old/);
  expect(await stalenessOf([-1, 0], HOUR, null)).toBeNull();
});

test.each([
  [59 * MINUTE + 59, '59 minutes'],
  [119 * MINUTE + 59, '119 minutes'],
  [120 * MINUTE, '2 hours'],
  [3 * HOUR - 1, '2 hours'],
  [100 * HOUR, '100 hours'],
])('the newest event of %i s ago is %s old', async (age, words) => {
  const time = new Date((NOW - age) * 1000).toISOString().slice(0, 10);
  expect(await stalenessOf([age, 200 * HOUR], MINUTE, null)).toMatch(
    new RegExp(`^the newest event is ${words} old \\(${time}[^)]*\\)$`),
  );
});

test('without any row, that is said', async () => {
  expect(await stalenessOf([], HOUR, null)).toBe('there are no events at all');
});
