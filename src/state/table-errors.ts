/** Errors about missing or inaccessible state tables. */

import type { Database } from '../db/database.ts';
import { GRANTS_MISSING } from '../db/server-advice.ts';
import { DatabaseError } from '../errors.ts';
import { sanitize } from '../util/text.ts';
import { type StateTables, stateSetup } from './tables.ts';

export function isMissing(error: unknown): boolean {
  return error instanceof DatabaseError && error.fault === 'missing';
}

/** Makes a handler for a promise's `catch` that returns the value if a table is missing and rethrows other errors. */
export function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return value;
    throw error;
  };
}

/** Like {@link ifMissing}, but also returns the value if the table may not be read. */
export function ifUnreadable<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof DatabaseError && ['missing', 'denied', 'timeout'].includes(error.fault)) return value;
    throw error;
  };
}

/**
 * Lists the statements that an administrator has to run to give access to the state tables.
 *
 * @param named the schema that was configured for them
 */
export function deniedError(
  { kysely, sql, schema }: Database,
  tables: StateTables,
  named: string | null,
  cause: DatabaseError,
): DatabaseError {
  // The administrator is connected to another database, or to none.
  const setup = { kysely: schema === '' ? kysely : kysely.withSchema(schema), sql };
  const statements = stateSetup(setup, tables, named).map((statement) => `${statement};`);
  const reason = cause.message.replace(`; ${GRANTS_MISSING}`, '');
  return new DatabaseError(
    `the state table ${tables.episodes} is missing or not accessible, and cannot be created (${reason}). Ask an administrator to run: ${statements.join(' ')}`,
    'denied',
    { cause },
  );
}

/** Says which row cannot be read, and what to do about it. */
export function describeDamage(table: string, row: { readonly id: string } | undefined, error: unknown): string {
  const id = sanitize(row?.id ?? '');
  const reason = error instanceof Error ? sanitize(error.message) : 'unknown';
  return `row ${id} of ${table} cannot be read (${reason}) and was skipped; delete it: delete from ${table} where id = '${id}'`;
}
