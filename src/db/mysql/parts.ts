/** SQL for MySQL and MariaDB. */

import { Kysely, MysqlDialect, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Schema, SqlParts } from '../database.ts';
import type { ServerTarget } from '../target.ts';
import { mysqlGrants } from './grants.ts';

export function mysqlParts(target: ServerTarget): SqlParts {
  return {
    contains: (column, text) => {
      const [whole, words] = comparable(column, text);
      return sql<SqlBool>`length(substring_index(${whole}, ${words}, 1)) < length(${whole})`;
    },
    // The modulus keeps the position valid without a match, where the part before the text is the whole column.
    fragment: (column, text, length) => {
      const [whole, words] = comparable(column, text);
      const before = sql`length(substring_index(${whole}, ${words}, 1))`;
      return sql<string>`substr(${whole}, ${before} % length(${whole}) + 1, ${sql.lit(length)})`;
    },
    beginning: (column, length) => sql<string>`substr(${sql.ref(column)}, 1, ${sql.lit(length)})`,
    text: (column) => sql<string>`${sql.ref(column)}`,
    address: (column) => sql<Uint8Array | null>`${sql.ref(column)}`,
    isOneOf: ([first, second], pairs) => {
      const values = pairs.map(([a, b]) => sql`(${a}, ${b})`);
      return sql<SqlBool>`(${sql.ref(first)}, ${sql.ref(second)}) in (${sql.join(values)})`;
    },
    tableOptions: 'engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin',
    ...mysqlGrants(target),
    eventsSchema: null,
    stateSchema: null,
  };
}

/**
 * Prepares a column and a text for SUBSTRING_INDEX, which is case-sensitive, needs no escaping and works with the
 * Spider engine, which swaps LOCATE's arguments and drops LIKE's ESCAPE.
 *
 * ASCII has the same bytes in every character set but UCS-2, UTF-16 and UTF-32, and comparing bytes is five times as
 * fast: IFNULL turns the text into bytes without copying it. Other text needs the collation, so that a text the
 * column's character set cannot represent is not found instead of being an error.
 */
function comparable(column: string, text: string): [column: RawBuilder<unknown>, text: RawBuilder<unknown>] {
  if (/^[ -~]*$/.test(text)) return [sql`ifnull(${sql.ref(column)}, cast('' as binary))`, sql`${text}`];
  return [sql`${sql.ref(column)}`, sql`${text} collate utf8mb4_bin`];
}

/** Compiles statements without a connection. */
export function mysqlCompiler(): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new MysqlDialect({ pool: () => Promise.reject(new Error('not connected')) }) });
}
