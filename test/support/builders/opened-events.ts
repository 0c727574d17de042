import { onTestFinished } from 'vitest';
import { connect } from '../../../src/db/connect.ts';
import type { Database } from '../../../src/db/database.ts';
import { createSqliteDatabase } from '../servers/sqlite.ts';
import { insertEvents, insertName, type TestEvent } from './events.ts';

export type TestName = readonly [source: string, destination: string, fqdn: string, lastSeen: number];

/**
 * Opens a database with these events and names, as a run does, until the test is over.
 *
 * @param names null for a database without a table of names
 */
export async function openEvents(
  events: readonly TestEvent[],
  names: readonly TestName[] | null = [],
): Promise<Database> {
  const database = await createSqliteDatabase();
  await insertEvents(database, events);
  for (const name of names ?? []) await insertName(database, ...name);
  if (names === null) await database.query('drop table domain_index');
  const how = { readOnly: true, create: false, statementSeconds: 60, tables: [] };
  const source = await connect({ kind: 'sqlite', file: database.file }, how);
  onTestFinished(async () => {
    await source.close();
    await database.drop();
  });
  return source;
}
