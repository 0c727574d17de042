import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** More than a run has different ones, but for batches of all sizes. */
const MAX_STATEMENTS = 50;

/**
 * Prepares each statement once. The driver keeps a statement's memory, which the garbage collector does not see, until the
 * statement is collected: thousands of them would take hundreds of megabytes.
 */
export function prepareOnce(database: SqliteDatabase): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    prepare: (sql) => {
      const known = prepared.get(sql);
      if (known) return known;
      if (prepared.size >= MAX_STATEMENTS) prepared.clear();
      const statement = database.prepare(sql);
      prepared.set(sql, statement);
      return statement;
    },
    close: () => database.close(),
  };
}
