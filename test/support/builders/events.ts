import ipaddr from 'ipaddr.js';
import type { TestDatabase } from '../servers/database.ts';

export const POLICY = 'Exceeded 5 MB in 5';
export const MB = 1_000_000;

/** When the window ends in tests that look at the past: 2025-11-24 02:06:40 UTC. */
export const AS_OF = 1_763_950_000;

/** An event as Scrutinizer writes it. A given `message` replaces the usual one. */
export interface TestEvent {
  readonly epoch: number;
  readonly source?: string | Buffer | null;
  readonly destination?: string | Buffer | null;
  readonly bytes?: number | bigint | string;
  readonly policy?: string;
  readonly message?: string;
}

/** The bytes of an address in network order. */
export function addressBytes(text: string): Buffer {
  return Buffer.from(ipaddr.parse(text).toByteArray());
}

/** An event in the window that ends at AS_OF. */
export function sent(source: string | null, destination: string | null, megabytes: number, secondsAgo = 60): TestEvent {
  return { epoch: AS_OF - secondsAgo, source, destination, bytes: megabytes * MB };
}

export async function insertEvents(database: TestDatabase, events: readonly TestEvent[]): Promise<void> {
  const rows = events.map(
    ({ epoch, source = '10.1.1.5', destination = '203.0.113.9', bytes = 0, policy = POLICY, message }) => [
      epoch,
      typeof source === 'string' ? addressBytes(source) : source,
      typeof destination === 'string' ? addressBytes(destination) : destination,
      message ?? `${policy} violation sum_octetdeltacount : ${bytes} threshold : 5000000`,
    ],
  );
  for (let start = 0; start < rows.length; start += 1000) {
    const some = rows.slice(start, start + 1000);
    await database.query(
      `insert into ${database.schema}alm_bulletin_board_data (epoch, violator_address, destination_address, message)
       values ${some.map(() => '(?, ?, ?, ?)').join(', ')}`,
      some.flat(),
    );
  }
}

/** Inserts the leak that most tests are about: 120 MB, five minutes ago, from 10.1.1.5 to 203.0.113.9. */
export async function insertLeak(database: TestDatabase): Promise<void> {
  await insertEvents(database, [{ epoch: (await database.now()) - 300, bytes: 120 * MB }]);
}

/** Inserts this many leaks from ten minutes ago, each to its own destination. @returns the destinations */
export async function insertLeaks(database: TestDatabase, count: number): Promise<string[]> {
  const epoch = (await database.now()) - 600;
  const destinations = Array.from({ length: count }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
  await insertEvents(
    database,
    destinations.map((destination) => ({ epoch, destination, bytes: 120 * MB })),
  );
  return destinations;
}

/** Inserts an event of another policy: it shows that the collector is alive and adds to no total. */
export async function insertOtherEvent(database: TestDatabase, secondsAgo: number): Promise<void> {
  await insertEvents(database, [{ epoch: (await database.now()) - secondsAgo, policy: 'Another policy', bytes: 1 }]);
}

/** Inserts a DNS answer: this source looked up the name and got this destination. */
export async function insertName(
  database: TestDatabase,
  source: string,
  destination: string,
  fqdn: string,
  lastSeen: number,
): Promise<void> {
  await database.query(
    `insert into ${database.schema}domain_index (requester_id, resolved_to_id, fqdn, last_seen) values (?, ?, ?, ?)`,
    [addressBytes(source), addressBytes(destination), fqdn, lastSeen],
  );
}
