import { expect } from 'vitest';
import { MINUTE, test, until } from '../support/command/clock.ts';
import { linesOf } from '../support/command/output.ts';

// Rows of the state table that leaktally did not write.

test.for([
  ['pending_alert', 'x'],
  ['pending_alert', '{"leak":{"bytes":"1"}}'],
  ['alerted_bytes', '1.5'],
  ['alerted_at', 'soon'],
] as const)(
  'a row with the %s %s is skipped and named, and all else is alerted',
  async ([column, value], { schedule }) => {
    await schedule.events([-10, 150], [-10, 150, { destination: '198.51.100.7' }]);
    await schedule.ok(0);
    const [damaged] = await schedule.episodes();
    const id = damaged?.id as string;
    await schedule.database.query(`update leaktally_state set ${column} = ? where id = ?`, [value, id]);
    await schedule.events([4 * MINUTE, 300, { destination: '198.51.100.99' }]);
    const { code, stderr } = await schedule.run(5 * MINUTE);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(linesOf(stderr)).toContainEqual(expect.stringContaining(`delete from leaktally_state where id = '${id}'`));
    expect(schedule.alerts().map((alert) => alert['Destination IP'])).toContain('198.51.100.99');
    await schedule.database.query('delete from leaktally_state where id = ?', [id]);
    expect((await schedule.run(10 * MINUTE)).code).toBe(0);
  },
);

test('a damaged record of the last run is named too, and the run looks at now', async ({ schedule }) => {
  await schedule.events([-10, 150]);
  await schedule.ok(0);
  await schedule.database.query(`update leaktally_state_runs set policies = 'x'`);
  await schedule.events([4 * MINUTE, 300]);
  const { code, stderr } = await schedule.run(5 * MINUTE);
  expect(code).toBe(1);
  expect(linesOf(stderr)).toContainEqual(expect.stringContaining('delete from leaktally_state_runs where id ='));
  expect(schedule.heard()).toEqual(['150 in 24h', '450 in 24h']);
});

test.for([
  ['without most fields', { fqdns: undefined, firstSeen: undefined }],
  ['with a time beyond all times', { firstSeen: 1e16 }],
  ['with a breakdown that is none', { destinations: { count: 1 } }],
  ['with names that are none', { fqdns: [null] }],
] as const)('a stored alert %s is skipped and named, and all else is alerted once', async ([, wrong], { schedule }) => {
  await schedule.events([-10, 150], [-10, 150, { destination: '198.51.100.7' }]);
  await schedule.unheard(0);
  const [episode] = await schedule.database.query<{ id: string; pending_alert: string }>(
    'select * from leaktally_state',
  );
  const { id = '', pending_alert = '' } = episode ?? {};
  const { leak, ...alert } = JSON.parse(pending_alert);
  const damaged = JSON.stringify({ ...alert, leak: { ...leak, ...wrong } });
  await schedule.database.query('update leaktally_state set pending_alert = ? where id = ?', [damaged, id]);
  // What is stored cannot be replaced by what is found anew.
  await schedule.database.query('delete from alm_bulletin_board_data');
  await schedule.events([4 * MINUTE, 300, { destination: '198.51.100.99' }]);
  for (const after of [5 * MINUTE, 10 * MINUTE]) {
    const { code, stderr } = await schedule.run(after);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(linesOf(stderr)).toContainEqual(expect.stringContaining(`delete from leaktally_state where id = '${id}'`));
  }
  expect(schedule.heard()).toEqual(['300 in 24h', `150 in 24h ${until(0)}`]);
});

test('an alert is recorded in the row that it was read from', async ({ schedule }) => {
  await schedule.events([-10, 150]);
  await schedule.unheard(0);
  await schedule.database.query(`update leaktally_state set pending_alert = replace(pending_alert, id, 'other')`);
  await schedule.database.query('delete from alm_bulletin_board_data');
  await schedule.events([4 * MINUTE, 1]);
  for (const after of [5 * MINUTE, 10 * MINUTE]) await schedule.ok(after);
  expect(schedule.heard()).toEqual([`150 in 24h ${until(0)}`]);
});
