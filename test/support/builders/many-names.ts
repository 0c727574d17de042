import type { TestDatabase } from '../servers/database.ts';
import type { DatabaseKind } from '../servers/databases.ts';

/** Sources, each of which leaks to a destination of its own. */
export const LEAKING_SOURCES = 900;
const DESTINATIONS = 2000;

/** The pairs that leak. */
export const LEAKING_PAIRS = Array.from({ length: LEAKING_SOURCES }, (_, index) => ({
  source: `10.7.${index >> 8}.${index & 255}`,
  destination: `198.18.${index >> 8}.${index & 255}`,
}));

/** The pairs' addresses and the names of each row, by its number. */
const ROWS: Readonly<Record<DatabaseKind, (rows: number, lastSeen: number) => string>> = {
  mariadb: (rows, lastSeen) => `
    select unhex(concat('0a07', lpad(hex(seq % ${LEAKING_SOURCES}), 4, '0'))),
      unhex(concat('c612', lpad(hex((seq div ${LEAKING_SOURCES}) % ${DESTINATIONS}), 4, '0'))),
      concat('host', seq, '.cdn.example.net'), ${lastSeen} - seq % 80000
    from seq_0_to_${rows - 1}`,
  postgres: (rows, lastSeen) => `
    select decode('0a07' || lpad(to_hex(seq % ${LEAKING_SOURCES}), 4, '0'), 'hex'),
      decode('c612' || lpad(to_hex(seq / ${LEAKING_SOURCES} % ${DESTINATIONS}), 4, '0'), 'hex'),
      'host' || seq || '.cdn.example.net', ${lastSeen} - seq % 80000
    from generate_series(0, ${rows - 1}) as seq`,
  sqlite: (rows, lastSeen) => `
    with recursive numbers(seq) as (select 0 union all select seq + 1 from numbers where seq < ${rows - 1})
    select unhex('0a07' || printf('%04x', seq % ${LEAKING_SOURCES})),
      unhex('c612' || printf('%04x', seq / ${LEAKING_SOURCES} % ${DESTINATIONS})),
      'host' || seq || '.cdn.example.net', ${lastSeen} - seq % 80000
    from numbers`,
};

/** Inserts names of many pairs, those that leak among them; every source has as many as every other. */
export async function insertManyNames(
  database: TestDatabase,
  kind: DatabaseKind,
  rows: number,
  lastSeen: number,
): Promise<void> {
  await database.query(
    `insert into ${database.schema}domain_index (requester_id, resolved_to_id, fqdn, last_seen) ${ROWS[kind](rows, lastSeen)}`,
  );
}
