import type { Connection } from 'mysql2/promise';

/** Generated events: how many, of how many pairs. */
export interface DataSet {
  /** A multiple of 1000, so that the shares below are exact. */
  readonly rows: number;
  readonly pairs: number;
}

/** End of the window that holds all events: 2025-11-24 02:06:40 UTC. */
export const AS_OF = 1_763_950_000;

export const WINDOW_SECONDS = 86_400;
/** Of a thousand events, how many are of the policy, and how many of these have a count that must not be read. */
const MATCHING = 686;
const UNREADABLE = 2;
/** The first pairs leak: their events are this many times as large as those of the others. */
const LEAKING_PAIRS = 20;
const LEAKING_FACTOR = 100;
const MEAN_BYTES = 6_500_000;

/** The time over which events are spread, in Unix seconds. */
export interface Span {
  readonly from: number;
  readonly seconds: number;
}

/** A threshold that separates the leaking pairs from the others. */
export function thresholdBytes({ rows, pairs }: DataSet): number {
  return Math.round((rows / pairs) * (MATCHING / 1000) * MEAN_BYTES * (LEAKING_FACTOR / 10));
}

/**
 * Fills empty tables with events and one name a pair. Everything is computed by the server from the row's number
 * (MariaDB's sequence engine), so that it is quick and the same every time.
 */
export async function fillTables(
  connection: Connection,
  { rows, pairs }: DataSet,
  { from, seconds }: Span = { from: AS_OF - WINDOW_SECONDS, seconds: WINDOW_SECONDS },
): Promise<void> {
  // 7919 and 104729 are primes: the policies mix within each thousand, and neighbours are of different pairs.
  const rank = `mod(seq * 7919, 1000)`;
  const pair = `mod((seq div 1000 * ${MATCHING} + ${rank}) * 104729, ${pairs})`;
  await connection.query('set session unique_checks=0, foreign_key_checks=0');
  await connection.query(`
    insert into alm_bulletin_board_data (epoch, violator_address, destination_address, message)
    select ${from} + floor(seq * ${seconds / rows}), ${sourceOf('pair')}, ${destinationOf('pair')},
      concat(
        if(rank_in_thousand < ${MATCHING}, 'Exceeded 5 MB in 5', elt(1 + mod(seq, 3), 'Excessive ICMP', 'DNS tunnel', 'Exceeded 5 GB in 5')),
        ' violation on collector 10.0.0.1 exporter : 10.0.', mod(seq, 200), '.1',
        ' sourceipaddress : ', inet_ntoa(${SOURCE_BASE} + pair div 10),
        ' destinationipaddress : ', inet_ntoa(${DESTINATION_BASE} + pair),
        ' sum_octetdeltacount : ', if(rank_in_thousand < ${UNREADABLE}, format(bytes, 0, 'en_US'), bytes),
        ' sum_packetdeltacount : ', bytes div 900, ' threshold : 5000000'
      )
    from (
      select seq, ${rank} as rank_in_thousand, ${pair} as pair,
        (5000000 + mod(crc32(seq), 3000000)) * if(${pair} < ${LEAKING_PAIRS}, ${LEAKING_FACTOR}, 1) as bytes
      from seq_1_to_${rows}
    ) as numbers`);
  await connection.query(`
    insert into domain_index (requester_id, resolved_to_id, fqdn, last_seen)
    select ${sourceOf('seq')}, ${destinationOf('seq')}, concat('host', seq, '.example.com'), ${from + seconds - 60}
    from seq_0_to_${pairs - 1}`);
  await connection.query('analyze table alm_bulletin_board_data, domain_index');
}

const SOURCE_BASE = 0x0a010000; // 10.1.0.0
const DESTINATION_BASE = 0xc6120000; // 198.18.0.0

function sourceOf(pair: string): string {
  return `unhex(lpad(hex(${SOURCE_BASE} + ${pair} div 10), 8, '0'))`;
}

function destinationOf(pair: string): string {
  return `unhex(lpad(hex(${DESTINATION_BASE} + ${pair}), 8, '0'))`;
}
