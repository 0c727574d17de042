import { expect } from 'vitest';
import { insertEvents, insertLeak, insertName, MB } from '../support/builders/events.ts';
import { parseReport } from '../support/command/json-report.ts';
import { test as base } from '../support/fixtures.ts';
import type { MariadbDatabase } from '../support/servers/mariadb.ts';

/** Nothing lets the names be looked up. */
const test = base.extend('withoutNames', ({ database }) => async <T>(work: () => Promise<T>): Promise<T> => {
  await database.query('rename table domain_index to elsewhere');
  return work().finally(() => database.query('rename table elsewhere to domain_index'));
});

async function openEpisodes({ query }: MariadbDatabase): Promise<string[]> {
  const rows = await query<{ group_key: string }>(
    'select group_key from leaktally_state where closed_at is null order by group_key',
  );
  return rows.map((row) => row.group_key);
}

async function evaluatedUntil({ query }: MariadbDatabase): Promise<number | undefined> {
  const [row] = await query<{ evaluated_until: number }>('select evaluated_until from leaktally_state_runs');
  return row?.evaluated_until;
}

const NOT_LOOKED_UP = /^leaktally: host names were not looked up, so leaks have none: [^\n]*domain_index[^\n]*\n$/;

test('the alert goes out without the names, once, and the run says so and exits 1', async ({
  database,
  receiver,
  run,
  withoutNames,
}) => {
  await insertLeak(database);
  const first = await withoutNames(() => run());
  expect(first.code).toBe(1);
  expect(first.stderr).toMatch(NOT_LOOKED_UP);
  expect(first.stdout).toContain('host names not looked up');
  expect(receiver.records()).toEqual([expect.stringMatching(/; FQDN: not looked up \([^;]*domain_index[^;]*\)\s*$/)]);
  // Nothing depended on the names.
  expect(await evaluatedUntil(database)).toBeGreaterThan(0);
  expect((await run()).code).toBe(0);
  expect(receiver.records()).toHaveLength(1);
});

test('exclusions that cannot be decided exclude nothing; nothing closes, and the next run looks again', async ({
  database,
  receiver,
  run,
  withoutNames,
}) => {
  const excluding = ['--exclude-domain', 'good.example'];
  const epoch = (await database.now()) - 600;
  await insertEvents(database, [{ epoch, destination: '203.0.113.1', bytes: 120 * MB }]);
  await insertName(database, '10.1.1.5', '203.0.113.2', 'files.good.example', epoch);
  expect((await run(...excluding)).code).toBe(0);
  await database.query('update leaktally_state_runs set evaluated_until = evaluated_until - 400');
  const before = await evaluatedUntil(database);
  await database.query('delete from alm_bulletin_board_data');
  await insertEvents(database, [{ epoch: epoch + 1, destination: '203.0.113.2', bytes: 130 * MB }]);

  const undecided = await withoutNames(() => run(...excluding, '--format', 'json'));
  expect(undecided.code).toBe(1);
  expect(undecided.stderr).toMatch(/host names were not looked up/);
  expect(parseReport(undecided).leaks).toMatchObject([{ destination: '203.0.113.2', alert: 'sent', fqdns: [] }]);
  expect(await openEpisodes(database)).toEqual(['10.1.1.5 203.0.113.1', '10.1.1.5 203.0.113.2']);
  expect(await evaluatedUntil(database)).toBe(before);

  expect((await run(...excluding)).code).toBe(0);
  expect(await openEpisodes(database)).toEqual([]);
  expect(await evaluatedUntil(database)).toBeGreaterThan(before ?? 0);
  expect(receiver.records()).toHaveLength(2);
});
