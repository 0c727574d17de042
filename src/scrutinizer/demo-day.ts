import ipaddr from 'ipaddr.js';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/** End of the sample day, 2025-11-24 02:06:40 UTC: fixed, so that the report is always the same. */
export const DEMO_AS_OF = 1_763_950_000;

const POLICY = 'Exceeded 5 MB in 5';
const SLOT_SECONDS = 300;
const MB = 1_000_000;

interface Upload {
  readonly source: string;
  readonly destination: string;
  readonly fqdns?: readonly string[];
  readonly events: number;
  readonly megabytes: number;
  /** Slots of five minutes. */
  readonly slotsBetweenEvents: number;
  /** Slots from the last event to the end of the day. */
  readonly endedSlotsAgo: number;
}

/** Five hosts that leak more than 100 MB: in a burst, all day, over IPv6. With the 14 harmless hosts, 104 events. */
const LEAKS: readonly Upload[] = [
  {
    source: '10.1.1.5',
    destination: '203.0.113.9',
    fqdns: ['upload.files.example.net', 'cdn7.files.example.net'],
    events: 12,
    megabytes: 171.4,
    slotsBetweenEvents: 1,
    endedSlotsAgo: 3,
  },
  {
    source: '10.1.4.23',
    destination: '198.51.100.77',
    fqdns: ['paste.example.org'],
    events: 22,
    megabytes: 138.2,
    slotsBetweenEvents: 12,
    endedSlotsAgo: 2,
  },
  {
    source: '10.2.0.114',
    destination: '192.0.2.200',
    events: 14,
    megabytes: 127.9,
    slotsBetweenEvents: 3,
    endedSlotsAgo: 120,
  },
  {
    source: '2001:db8:10::4a',
    destination: '2001:db8:ffff::1:9',
    fqdns: ['v6.backup.example.com'],
    events: 11,
    megabytes: 112.6,
    slotsBetweenEvents: 5,
    endedSlotsAgo: 40,
  },
  {
    source: '10.1.9.9',
    destination: '203.0.113.41',
    fqdns: ['share.example.com', 'share-eu.example.com'],
    events: 13,
    megabytes: 104.3,
    slotsBetweenEvents: 20,
    endedSlotsAgo: 1,
  },
];

const HARMLESS_HOSTS = 14;
const FILE_SERVER = '198.51.100.10';

/** Fills an empty database with the sample day: Scrutinizer's tables, with only the columns that leaktally uses. */
export async function fillDemo({ kysely }: Database): Promise<void> {
  await sql`create table alm_bulletin_board_data (epoch integer, violator_address blob, destination_address blob, message text)`.execute(
    kysely,
  );
  await sql`create index epoch on alm_bulletin_board_data (epoch)`.execute(kysely);
  await sql`create table domain_index (requester_id blob, resolved_to_id blob, fqdn text, last_seen integer)`.execute(
    kysely,
  );
  const uploads = [...LEAKS, ...harmlessUploads()];
  await kysely
    .insertInto('alm_bulletin_board_data')
    .values([...uploads.flatMap(events), ...noise()])
    .execute();
  await kysely.insertInto('domain_index').values(uploads.flatMap(names)).execute();
}

/**
 * Uploads of 14 hosts, 32 events, none a leak when grouped by source and destination. The first host sends to four
 * destinations and leaks when grouped by source; five others share a destination that leaks when grouped by
 * destination.
 */
function harmlessUploads(): Upload[] {
  const upload = (index: number, destination: string, events: number, megabytes: number): Upload => ({
    source: `10.3.0.${index + 10}`,
    destination,
    fqdns: destination === FILE_SERVER ? ['drop.example.org'] : [`host${index}.example.com`],
    events,
    megabytes,
    slotsBetweenEvents: 7 + index,
    endedSlotsAgo: 10 + index * 4,
  });
  const spread = [41, 38, 27, 22].map((megabytes, index) => upload(0, `198.51.100.${index + 201}`, 2, megabytes));
  const shared = [1, 2, 3, 4, 5].map((index) => upload(index, FILE_SERVER, 2, 24 + index));
  const others = Array.from({ length: HARMLESS_HOSTS - 6 }, (_, index) =>
    upload(index + 6, `198.51.100.${index + 100}`, index < 2 ? 1 : 2, 9 + index * 4),
  );
  return [...spread, ...shared, ...others];
}

function events({ source, destination, events: count, megabytes, slotsBetweenEvents, endedSlotsAgo }: Upload) {
  const total = Math.round(megabytes * MB);
  return Array.from({ length: count }, (_, index) =>
    // The last event takes the remainder, so that the total is exact.
    event(
      source,
      destination,
      endedSlotsAgo + index * slotsBetweenEvents,
      index === 0 ? total - Math.floor(total / count) * (count - 1) : Math.floor(total / count),
    ),
  );
}

/** Rows that a real table also holds: an unreadable count, events before the window and of other policies. */
function noise() {
  const older = 24 * 12 + 6;
  return [
    event('10.3.0.10', '198.51.100.100', 30, '5,242,880'),
    ...Array.from({ length: 9 }, (_, index) => event('10.3.0.11', '198.51.100.101', older + index, 30 * MB)),
    ...Array.from({ length: 17 }, (_, index) => event('10.1.1.5', '203.0.113.9', index * 9, 40 * MB, 'Excessive ICMP')),
  ];
}

function event(source: string, destination: string, slotsAgo: number, bytes: number | string, policy = POLICY) {
  return {
    epoch: DEMO_AS_OF - 50 - slotsAgo * SLOT_SECONDS,
    violator_address: address(source),
    destination_address: address(destination),
    message: `${policy}: sourceipaddress : ${source} destinationipaddress : ${destination} sum_octetdeltacount : ${bytes} threshold : 5000000`,
  };
}

function names({ source, destination, fqdns = [], endedSlotsAgo }: Upload) {
  return fqdns.map((fqdn, index) => ({
    requester_id: address(source),
    resolved_to_id: address(destination),
    fqdn,
    last_seen: DEMO_AS_OF - 60 - endedSlotsAgo * SLOT_SECONDS - index * 600,
  }));
}

function address(text: string): Buffer {
  return Buffer.from(ipaddr.parse(text).toByteArray());
}
