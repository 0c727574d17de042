import { join } from 'node:path';
import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { addressBytes, MB, POLICY } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import type { Target } from '../support/command/leaktally.ts';
import { emptyFolder } from '../support/folders.ts';

const AS_OF = 1_763_950_000;
const SOURCE = addressBytes('10.1.1.5');

/** A copy whose columns hold whatever bytes somebody stored as text. */
function createCopy(
  rows: { message: Buffer | string; fqdn: Buffer | string; source?: Buffer }[],
  encoding = 'UTF-8',
): Target {
  const file = join(emptyFolder(), 'copy.db');
  const database = new Libsql(file);
  database.exec(`pragma encoding = '${encoding}';
    create table alm_bulletin_board_data (epoch, violator_address, destination_address, message);
    create table domain_index (requester_id, resolved_to_id, fqdn, last_seen)`);
  for (const [number, { message, fqdn, source }] of rows.entries()) {
    const destination = addressBytes(`203.0.113.${number}`);
    // Bytes become text as they are.
    const event = database.prepare(
      `insert into alm_bulletin_board_data values (?, ${source ? 'cast(? as text)' : '?'}, ?, cast(? as text))`,
    );
    event.run([AS_OF, source ?? SOURCE, destination, message]);
    database
      .prepare('insert into domain_index values (?, ?, cast(? as text), ?)')
      .run([SOURCE, destination, fqdn, AS_OF]);
  }
  database.close();
  return { url: `sqlite:${file}`, env: {} };
}

const latin = (text: string) => Buffer.from(text, 'latin1');
const event = (bytes: number) => `${POLICY} sum_octetdeltacount : ${bytes} x`;

test('text that is no UTF-8 stops nothing', async () => {
  const target = createCopy([
    { message: latin(`\xff\xfe ${event(120 * MB)} \xe9`), fqdn: latin('caf\xe9-\xff.example.net') },
    { message: latin(`${POLICY} sum_octetdeltacount : 12\xff`), fqdn: latin('\x80') },
  ]);
  const { events, leaks } = await reportOf(target, ['--as-of', `${AS_OF}`]);
  expect(events).toMatchObject({ matched: 2, unreadable: 1 });
  expect(leaks).toMatchObject([{ bytes: 120 * MB, fqdns: ['caf\ufffd-\ufffd.example.net'] }]);
});

test('a zero byte ends neither a name nor a message', async () => {
  const target = createCopy([
    { message: latin(`a\0b ${event(120 * MB)}`), fqdn: latin('x.efscloud.net\0.evil.net') },
    { message: latin(event(130 * MB)), fqdn: latin('x.efscloud.net') },
  ]);
  const { events, leaks } = await reportOf(target, ['--as-of', `${AS_OF}`, '--exclude-domain', 'efscloud.net']);
  expect(events).toMatchObject({ matched: 2, excluded: 1 });
  expect(leaks).toMatchObject([{ bytes: 120 * MB, fqdns: [expect.stringMatching(/evil\.net$/)] }]);
});

test('text in an address column is no address', async () => {
  const target = createCopy([
    { message: latin(event(120 * MB)), fqdn: latin('a'), source: latin('\xcb\0\x71\xff') },
    { message: latin(event(130 * MB)), fqdn: latin('a'), source: latin('10.1') },
    { message: latin(event(1)), fqdn: latin('a') },
  ]);
  const { leaks } = await reportOf(target, ['--as-of', `${AS_OF}`, '--group-by', 'source']);
  expect(leaks).toMatchObject([{ source: 'unknown', bytes: 250 * MB }]);
});

test.each(['UTF-16le', 'UTF-16be'])('a file that holds its text in %s is read alike', async (encoding) => {
  const row = { message: `größer: ${event(120 * MB)}`, fqdn: 'größe.example.net' };
  const target = createCopy([row], encoding);
  const { events, leaks } = await reportOf(target, ['--as-of', `${AS_OF}`, '--policy', 'größer: Exceeded']);
  expect(events).toMatchObject({ matched: 1, unreadable: 0 });
  expect(leaks).toMatchObject([{ bytes: 120 * MB, fqdns: ['größe.example.net'] }]);
});
