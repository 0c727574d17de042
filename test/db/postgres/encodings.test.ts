import { join } from 'node:path';
import Libsql from 'libsql';
import { describe, expect, inject, test } from 'vitest';
import { addressBytes, MB, POLICY } from '../../support/builders/events.ts';
import { reportOf } from '../../support/command/json-report.ts';
import { runOn } from '../../support/command/leaktally.ts';
import { emptyFolder } from '../../support/folders.ts';
import { createPostgresDatabase, type PostgresDatabase } from '../../support/servers/postgres.ts';

const epoch = Math.floor(Date.now() / 1000) - 600;
const SOURCE = addressBytes('10.1.1.5');
const DESTINATION = addressBytes('203.0.113.9');

/** Bytes become text of the database as they are. */
async function insertBytes({ client }: PostgresDatabase, encoding: string, message: Buffer, fqdn: Buffer) {
  const values = [epoch, SOURCE, DESTINATION];
  await client.query(
    `insert into plixer.alm_bulletin_board_data values (default, $1, $2, $3, convert_from($4, '${encoding}'))`,
    [...values, message],
  );
  await client.query(`insert into plixer.domain_index values ($2, $3, convert_from($4, '${encoding}'), $1)`, [
    ...values,
    fqdn,
  ]);
}

const latin = (text: string) => Buffer.from(text, 'latin1');

describe.each([
  { encoding: 'SQL_ASCII', name: 'gr��e-�.example.net' },
  { encoding: 'WIN1252', name: 'größe-?.example.net' },
  { encoding: 'LATIN1', name: 'größe-?.example.net' },
  { encoding: 'WIN1251', name: 'grцЯe-Ѓ.example.net' },
])('a database in $encoding', ({ encoding, name }) => {
  test('bytes that are no text stop nothing', async () => {
    const database = await createPostgresDatabase(inject('postgres'), encoding);
    const events = [
      `\x81\xfc ${POLICY} sum_octetdeltacount : 120000000 \x81\xff`,
      // Cut in the middle of a character, and a count that is none.
      `${POLICY} sum_octetdeltacount : 5${'\xc3\xa4'.repeat(50)}`,
      `${POLICY} sum_octetdeltacount : ${'\xe4'.repeat(50)}`,
    ];
    for (const event of events)
      await insertBytes(database, encoding, latin(event), latin('gr\xf6\xdfe-\x81.example.net'));
    const first = await reportOf(database, ['--group-by', 'source,destination']);
    expect(first.events).toMatchObject({ matched: 3, counted: 2, unreadable: 1 });
    expect(first.leaks).toMatchObject([{ status: 'new', bytes: 120 * MB + 5, fqdns: [name] }]);
    expect((await reportOf(database)).leaks).toMatchObject([{ status: 'known' }]);
    await database.drop();
  });
});

test.each(['LATIN1', 'SQL_ASCII', 'UTF8'])('a group key of any letters is remembered in %s', async (encoding) => {
  const database = await createPostgresDatabase(inject('postgres'), encoding);
  const file = join(emptyFolder(), 'events.db');
  const events = new Libsql(file);
  events.exec(`create table alm_bulletin_board_data (epoch, violator_address, destination_address, message);
    create table domain_index (requester_id, resolved_to_id, fqdn, last_seen)`);
  const message = `${POLICY} пример sum_octetdeltacount : 120000000`;
  events.prepare('insert into alm_bulletin_board_data values (?, ?, ?, ?)').run([epoch, SOURCE, DESTINATION, message]);
  events.prepare('insert into domain_index values (?, ?, ?, ?)').run([SOURCE, DESTINATION, 'a.пример.рф', epoch]);
  events.close();
  const env = { LEAKTALLY_STATE_PASSWORD: database.env.LEAKTALLY_DATABASE_PASSWORD };
  const args = ['--state', database.url, '--group-by', 'source,domain', '--policy', 'пример'];
  for (const status of ['new', 'known']) {
    expect((await reportOf({ url: `sqlite:${file}`, env }, args)).leaks).toMatchObject([
      { status, domain: 'пример.рф' },
    ]);
  }
  expect((await reportOf({ url: `sqlite:${file}`, env }, [...args, '--dry-run'])).leaks).toMatchObject([
    { status: 'known' },
  ]);
  await database.drop();
});

test('a policy that the encoding cannot hold is told as that', async () => {
  const database = await createPostgresDatabase(inject('postgres'), 'LATIN1');
  const { code, stderr } = await runOn(database, ['--policy', 'пример']);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/encoding cannot hold.*--policy/) });
  await database.drop();
});
