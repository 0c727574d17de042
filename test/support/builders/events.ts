import ipaddr from 'ipaddr.js';
import type { Connection } from 'mysql2/promise';

export const POLICY = 'Exceeded 5 MB in 5';
export const MB = 1_000_000;

/** An event as Scrutinizer writes it. `message` replaces the usual one whole. */
export interface TestEvent {
  readonly epoch: number;
  readonly source?: string | Buffer | null;
  readonly destination?: string | Buffer | null;
  readonly bytes?: number | bigint | string;
  readonly policy?: string;
  readonly message?: string;
}

/** Network-order bytes of an address. */
export function addressBytes(text: string): Buffer {
  return Buffer.from(ipaddr.parse(text).toByteArray());
}

export async function insertEvents(connection: Connection, events: readonly TestEvent[]): Promise<void> {
  const rows = events.map(
    ({ epoch, source = '10.1.1.5', destination = '203.0.113.9', bytes = 0, policy = POLICY, message }) => [
      epoch,
      typeof source === 'string' ? addressBytes(source) : source,
      typeof destination === 'string' ? addressBytes(destination) : destination,
      message ?? `${policy} violation sum_octetdeltacount : ${bytes} threshold : 5000000`,
    ],
  );
  for (let start = 0; start < rows.length; start += 1000) {
    await connection.query(
      'insert into alm_bulletin_board_data (epoch, violator_address, destination_address, message) values ?',
      [rows.slice(start, start + 1000)],
    );
  }
}

export async function insertName(
  connection: Connection,
  source: string,
  destination: string,
  fqdn: string,
  lastSeen: number,
): Promise<void> {
  await connection.query('insert into domain_index values (?, ?, ?, ?)', [
    addressBytes(source),
    addressBytes(destination),
    fqdn,
    lastSeen,
  ]);
}

/** Unix seconds by the server's clock. */
export async function serverNow(connection: Connection): Promise<number> {
  const [rows] = await connection.query('select unix_timestamp() as now');
  return Number((rows as { now: number }[])[0]?.now);
}
