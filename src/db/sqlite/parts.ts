/** SQL for SQLite. */

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { SqlParts } from '../database.ts';

/** How a file holds its text. */
export type Encoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be';

/**
 * Text columns are searched and read as bytes: SQLite stores any bytes as text, and stops at a zero byte in some
 * functions; the driver aborts the process for text that is no UTF-8.
 */
export function sqliteParts(encoding: Encoding): SqlParts {
  const bytesPerUnit = encoding === 'UTF-8' ? 1 : 2;
  const position = (column: string, text: string) =>
    sql<number>`instr(${bytes(sql.ref(column))}, ${bytes(sql`${text}`)})`;
  return {
    contains: (column, text) => sql<SqlBool>`${position(column, text)} > 0`,
    fragment: (column, text, length) =>
      sql<string>`substr(${bytes(sql.ref(column))}, ${position(column, text)}, ${sql.lit(length * bytesPerUnit)})`,
    beginning: (column, length) => sql<string>`substr(${bytes(sql.ref(column))}, 1, ${sql.lit(length * bytesPerUnit)})`,
    text: (column) => sql<string>`${bytes(sql.ref(column))}`,
    address: (column) => sql`case typeof(${sql.ref(column)}) when 'blob' then ${sql.ref(column)} end`,
    // The plus keeps an index out: it would be read once for each pair, from one end of an address's rows to the other.
    isOneOf: ([first, second], pairs) => {
      const values = pairs.map(([a, b]) => sql`(${a}, ${b})`);
      return sql<SqlBool>`(+${sql.ref(first)}, +${sql.ref(second)}) in (values ${sql.join(values)})`;
    },
    tableOptions: '',
    grant: () => '',
    grantSchema: () => '',
    createSchema: () => '',
    eventsSchema: null,
    stateSchema: null,
  };
}

function bytes(text: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`cast(${text} as blob)`;
}
