/** Errors that say something about the state tables. */

import type { Database } from '../db/database.ts';
import { DatabaseError } from '../errors.ts';
import { createStatements, type StateTables, stateGrants } from './tables.ts';

export function isMissing(error: unknown): boolean {
  return error instanceof DatabaseError && error.fault === 'missing';
}

/** For a promise's `catch`: the value where a table is missing; any other error is thrown again. */
export function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return value;
    throw error;
  };
}

/** Says what an administrator has to run where access to the state tables was denied. */
export function deniedError({ kysely, sql }: Database, tables: StateTables, cause: DatabaseError): DatabaseError {
  const creating = createStatements(kysely, sql, tables).map((statement) => statement.sql);
  const statements = [...creating, ...stateGrants(sql, tables)].map((statement) => `${statement};`);
  return new DatabaseError(
    `the state table ${tables.episodes} is missing or may not be used, and may not be created (${cause.message}). Let an administrator run: ${statements.join(' ')}`,
    'denied',
    { cause },
  );
}
