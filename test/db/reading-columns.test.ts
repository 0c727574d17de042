import { expect } from 'vitest';
import { AS_OF, insertEvents, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { test } from '../support/fixtures.ts';

const POLICY = 'Über 5 MB in 5';

test.for([
  'message text character set utf8mb4',
  'message varchar(500) character set latin1',
  'message varchar(500) character set utf8mb3',
  'message mediumtext character set utf8mb4 collate utf8mb4_unicode_ci',
  'epoch bigint not null',
  'epoch bigint unsigned not null',
  'violator_address varbinary(255)',
  'violator_address blob',
])('a column declared as %s is read the same way', async (column, { database }) => {
  await database.query(`alter table alm_bulletin_board_data modify ${column}`);
  await insertEvents(database, [
    { epoch: AS_OF - 60, policy: POLICY, bytes: 60 * MB },
    { epoch: AS_OF - 30, policy: `größer: ${POLICY}`, bytes: 70 * MB },
    { epoch: AS_OF - 20, policy: 'über 5 mb in 5', bytes: 80 * MB },
    { epoch: AS_OF - 10, policy: 'Uber 5 MB in 5', bytes: 90 * MB },
  ]);
  const report = await reportOf(database, ['--as-of', `${AS_OF}`, '--policy', POLICY]);
  expect(report.events).toEqual({
    matched: 2,
    counted: 2,
    excluded: 0,
    unreadable: 0,
    newest: AS_OF - 30,
    excludedBytes: 0,
  });
  expect(report.leaks).toMatchObject([{ source: '10.1.1.5', destination: '203.0.113.9', bytes: 130 * MB }]);
});

test('a policy that the column cannot even hold matches nothing', async ({ database }) => {
  await database.query('alter table alm_bulletin_board_data modify message varchar(500) character set latin1');
  await insertEvents(database, [{ epoch: AS_OF, bytes: 200 * MB }]);
  const { events } = await reportOf(database, ['--as-of', `${AS_OF}`, '--policy', '5 MB 🚀']);
  expect(events.matched).toBe(0);
});

test('messages without a count in the one known form are counted as unreadable, and a sample is shown', async ({
  database,
}) => {
  const sample = 'sum_octetdeltacount : 5,242,880';
  await insertEvents(database, [
    { epoch: AS_OF, message: `Exceeded 5 MB in 5 SUM_OCTETDELTACOUNT : 900000000` },
    { epoch: AS_OF, message: `Exceeded 5 MB in 5 Sum_OctetDeltaCount : 900000000` },
    { epoch: AS_OF, message: 'Exceeded 5 MB in 5' },
    { epoch: AS_OF, message: `Exceeded 5 MB in 5 ${sample}` },
    { epoch: AS_OF, message: 'Exceeded 5 MB in 5 sum_octetdeltacount=101000000' },
  ]);
  const report = await reportOf(database, ['--as-of', `${AS_OF}`]);
  expect(report.events).toMatchObject({ matched: 5, counted: 1, unreadable: 4 });
  expect(report.leaks).toMatchObject([{ bytes: 101 * MB, events: 1 }]);

  await database.query('delete from alm_bulletin_board_data where message not like ?', [`%${sample}%`]);
  const { stdout, stderr } = await runOn(database, ['--as-of', `${AS_OF}`]);
  expect(stdout).toContain('1 unreadable');
  expect(stdout + stderr).toContain(sample);
});

test('the first count in a message is the one that counts', async ({ database }) => {
  const message = 'Exceeded 5 MB in 5 sum_octetdeltacount : 110000000 sum_octetdeltacount : 900000000';
  await insertEvents(database, [{ epoch: AS_OF, message }]);
  expect(await reportOf(database, ['--as-of', `${AS_OF}`])).toMatchObject({ leaks: [{ bytes: 110 * MB }] });
});
