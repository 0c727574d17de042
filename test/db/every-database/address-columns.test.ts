import { expect } from 'vitest';
import { POLICY } from '../../support/builders/events.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';
import type { DatabaseKind } from '../../support/servers/databases.ts';

const MESSAGE = `${POLICY} sum_octetdeltacount : 60000000`;

const TYPES: Readonly<Record<DatabaseKind, readonly string[]>> = {
  mariadb: ['varchar(50)', 'inet6'],
  postgres: ['inet', 'text'],
  sqlite: ['text'],
};

onEveryDatabase((test, kind) => {
  test.for(TYPES[kind])(
    'addresses in a column of type %s: alerts go out, and the run says what is wrong',
    async (type, { database, receiver, run }) => {
      await database.query(`drop table ${database.schema}alm_bulletin_board_data`);
      await database.query(
        `create table ${database.schema}alm_bulletin_board_data (epoch int, violator_address ${type}, destination_address ${type}, message varchar(500))`,
      );
      const epoch = (await database.now()) - 600;
      // The longer one has 16 characters.
      for (const source of ['::ffff:10.1.1.5', '::ffff:10.1.1.66']) {
        await database.query(
          `insert into ${database.schema}alm_bulletin_board_data values (${epoch}, '${source}', '::ffff:203.0.113.9', '${MESSAGE}')`,
        );
      }
      const { code, stdout, stderr } = await run();
      expect(stderr).toMatch(
        /^leaktally: none of 2 events has a source address of 4 or 16 bytes, so .*; check the type of violator_address.*\n$/,
      );
      expect(code).toBe(1);
      expect(stdout).toContain('unknown');
      expect(receiver.records()).toHaveLength(1);
    },
  );

  test('one event with an address is enough', async ({ database }) => {
    const insert = `insert into ${database.schema}alm_bulletin_board_data (epoch, violator_address, message) values (?, ?, ?)`;
    const epoch = (await database.now()) - 600;
    await database.query(insert, [epoch, null, MESSAGE]);
    await database.query(insert, [epoch, Buffer.from([10, 1, 1, 5]), MESSAGE]);
    expect((await runOn(database)).code).toBe(0);
  });
});
