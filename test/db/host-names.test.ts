import { expect } from 'vitest';
import { AS_OF, addressBytes, insertEvents, insertName, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { test as base } from '../support/fixtures.ts';

const HOUR = 3600;

const test = base
  /** Inserts a name of a pair, by default that of the usual event. */
  .extend('insertNameOf', ({ database }) => {
    return (fqdn: string, lastSeen: number, source = '10.1.1.5', destination = '203.0.113.9') =>
      insertName(database, source, destination, fqdn, lastSeen);
  })
  .extend('namesFound', ({ database }) => async (...args: string[]) => {
    const { leaks } = await reportOf(database, ['--as-of', `${AS_OF}`, ...args]);
    return leaks.map(({ fqdns }) => fqdns);
  });

test("names last seen from one window before the window's start on are used, newest first, each once", async ({
  database,
  insertNameOf,
  namesFound,
}) => {
  await insertEvents(database, [{ epoch: AS_OF - 60, bytes: 101 * MB }]);
  await insertNameOf('oldest.example.net', AS_OF - 2 * HOUR);
  await insertNameOf('twice.example.net', AS_OF - 600);
  await insertNameOf('newest.example.net', AS_OF);
  await insertNameOf('twice.example.net', AS_OF - 30);
  await insertNameOf('stale.example.net', AS_OF - 2 * HOUR - 1);
  // Looked up again after the look: the table keeps only the newest time.
  await insertNameOf('again.example.net', AS_OF + 1);
  expect(await namesFound('--window', '1h')).toEqual([
    ['again.example.net', 'newest.example.net', 'twice.example.net', 'oldest.example.net'],
  ]);
});

test('a name belongs to the pair that asked for it and was answered with it', async ({
  database,
  insertNameOf,
  namesFound,
}) => {
  await insertEvents(database, [
    { epoch: AS_OF, source: '10.0.0.1', destination: '203.0.113.1', bytes: 300 * MB },
    { epoch: AS_OF, source: '10.0.0.2', destination: '203.0.113.1', bytes: 200 * MB },
  ]);
  await insertNameOf('first.example.net', AS_OF, '10.0.0.1', '203.0.113.1');
  await insertNameOf('second.example.net', AS_OF, '10.0.0.2', '203.0.113.1');
  await insertNameOf('other.example.net', AS_OF, '10.0.0.1', '203.0.113.2');
  await insertNameOf('reverse.example.net', AS_OF, '203.0.113.1', '10.0.0.1');
  expect(await namesFound()).toEqual([['first.example.net'], ['second.example.net']]);
  expect(await namesFound('--group-by', 'destination')).toMatchObject([{ length: 2 }]);
});

test('an IPv4-mapped address is the IPv4 address, on either side', async ({ database, insertNameOf, namesFound }) => {
  await insertEvents(database, [
    { epoch: AS_OF, source: '10.0.0.1', destination: '::ffff:203.0.113.1', bytes: 300 * MB },
    { epoch: AS_OF, source: '10.0.0.2', destination: '203.0.113.2', bytes: 200 * MB },
  ]);
  await insertNameOf('mapped-event.example.net', AS_OF, '10.0.0.1', '203.0.113.1');
  await insertNameOf('mapped-name.example.net', AS_OF, '::ffff:10.0.0.2', '::ffff:203.0.113.2');
  expect(await namesFound()).toEqual([['mapped-event.example.net'], ['mapped-name.example.net']]);
});

test('names of an IPv6 pair are found, unknown addresses have none', async ({ database, insertNameOf, namesFound }) => {
  await insertEvents(database, [
    { epoch: AS_OF, source: '2001:db8::5', destination: '2001:db8:1::9', bytes: 300 * MB },
    { epoch: AS_OF, source: null, destination: Buffer.alloc(0), bytes: 200 * MB },
  ]);
  await insertNameOf('six.example.net', AS_OF, '2001:db8::5', '2001:db8:1::9');
  await database.query(`insert into domain_index values (null, '', 'nobody.example.net', ?)`, [AS_OF]);
  expect(await namesFound()).toEqual([['six.example.net'], []]);
});

test('a row without a name names nothing', async ({ database, namesFound }) => {
  await insertEvents(database, [{ epoch: AS_OF, bytes: 300 * MB }]);
  const row = [addressBytes('10.1.1.5'), addressBytes('203.0.113.9'), AS_OF];
  for (const name of ['null', `''`]) {
    await database.query(`insert into domain_index values (?, ?, ${name}, ?)`, row);
  }
  expect(await namesFound()).toEqual([[]]);
});

test('grouped by source, the names of all its destinations are there, newest first', async ({
  database,
  insertNameOf,
  namesFound,
}) => {
  await insertEvents(database, [
    { epoch: AS_OF, destination: '203.0.113.1', bytes: 90 * MB },
    { epoch: AS_OF, destination: '203.0.113.2', bytes: 80 * MB },
  ]);
  await insertNameOf('one.example.net', AS_OF - 50, '10.1.1.5', '203.0.113.1');
  await insertNameOf('two.example.net', AS_OF - 20, '10.1.1.5', '203.0.113.2');
  await insertNameOf('three.example.net', AS_OF - 90, '10.1.1.5', '203.0.113.2');
  expect(await namesFound('--group-by', 'source')).toEqual([
    ['two.example.net', 'one.example.net', 'three.example.net'],
  ]);
});

test('thousands of leaks each get their own name', async ({ database, namesFound }) => {
  const pairs = Array.from({ length: 2500 }, (_, index) => ({
    source: `10.7.${index >> 8}.${index & 255}`,
    destination: `198.18.${index >> 8}.${index & 255}`,
    bytes: 200 * MB + 2500 - index,
  }));
  await insertEvents(
    database,
    pairs.map((pair) => ({ epoch: AS_OF, ...pair })),
  );
  const names = pairs.map(({ source, destination }, index) => [
    addressBytes(source),
    addressBytes(destination),
    `host${index}.example.net`,
    AS_OF,
  ]);
  await database.query('insert into domain_index values ?', [names]);
  expect(await namesFound()).toEqual(pairs.map((_, index) => [`host${index}.example.net`]));
});
