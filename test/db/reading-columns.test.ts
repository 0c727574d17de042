import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { insertEvents, MB } from '../support/builders/events.ts';
import { reportOf, runOn } from '../support/command/report.ts';
import { createTestDatabase, type TestDatabase } from '../support/servers/mariadb.ts';

const AS_OF = 1_763_950_000;
const POLICY = 'Über 5 MB in 5';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(inject('mariadb'));
});
beforeEach(async () => {
  await database.connection.query('truncate table alm_bulletin_board_data');
});
afterAll(() => database.drop());

test.each([
  'message text character set utf8mb4',
  'message varchar(500) character set latin1',
  'message varchar(500) character set utf8mb3',
  'message mediumtext character set utf8mb4 collate utf8mb4_unicode_ci',
  'epoch bigint not null',
  'epoch bigint unsigned not null',
  'violator_address varbinary(255)',
  'violator_address blob',
])('a column that is %s is read alike', async (column) => {
  await database.connection.query(`alter table alm_bulletin_board_data modify ${column}`);
  await insertEvents(database.connection, [
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

test('a policy that the column cannot even hold matches nothing', async () => {
  await database.connection.query(
    'alter table alm_bulletin_board_data modify message varchar(500) character set latin1',
  );
  await insertEvents(database.connection, [{ epoch: AS_OF, bytes: 200 * MB }]);
  const { events } = await reportOf(database, ['--as-of', `${AS_OF}`, '--policy', '5 MB 🚀']);
  expect(events.matched).toBe(0);
});

test('what has no count in the one known form is counted as unreadable, and a sample is shown', async () => {
  const sample = 'sum_octetdeltacount : 5,242,880';
  await insertEvents(database.connection, [
    { epoch: AS_OF, message: `Exceeded 5 MB in 5 SUM_OCTETDELTACOUNT : 900000000` },
    { epoch: AS_OF, message: `Exceeded 5 MB in 5 Sum_OctetDeltaCount : 900000000` },
    { epoch: AS_OF, message: 'Exceeded 5 MB in 5' },
    { epoch: AS_OF, message: `Exceeded 5 MB in 5 ${sample}` },
    { epoch: AS_OF, message: 'Exceeded 5 MB in 5 sum_octetdeltacount=101000000' },
  ]);
  const report = await reportOf(database, ['--as-of', `${AS_OF}`]);
  expect(report.events).toMatchObject({ matched: 5, counted: 1, unreadable: 4 });
  expect(report.leaks).toMatchObject([{ bytes: 101 * MB, events: 1 }]);

  await database.connection.query('delete from alm_bulletin_board_data where message not like ?', [`%${sample}%`]);
  const { stdout, stderr } = await runOn(database, ['--as-of', `${AS_OF}`]);
  expect(stdout).toContain('1 unreadable');
  expect(stdout + stderr).toContain(sample);
});

test('the first count in a message is the one that counts', async () => {
  const message = 'Exceeded 5 MB in 5 sum_octetdeltacount : 110000000 sum_octetdeltacount : 900000000';
  await insertEvents(database.connection, [{ epoch: AS_OF, message }]);
  expect(await reportOf(database, ['--as-of', `${AS_OF}`])).toMatchObject({ leaks: [{ bytes: 110 * MB }] });
});
