/** Chooses the schemas of tables by the catalog, so that no other account's tables of the same names are used. */

import { DatabaseError } from '../errors.ts';
import type { Catalog, Database, FoundTable } from './database.ts';

/**
 * Finds the schema of Scrutinizer's tables.
 *
 * @param table one of them
 * @returns null where the server alone decides
 * @throws DatabaseError when several schemas have the table
 */
export function findEventsSchema({ catalog, sql }: Pick<Database, 'catalog' | 'sql'>, table: string): string | null {
  if (!catalog) return null;
  const schemas = catalog.tables.filter((found) => found.table === table).map(({ schema }) => schema);
  const usual = sql.eventsSchema;
  if (usual !== null && schemas.includes(usual)) return usual;
  const [only, ...others] = catalog.path.filter((schema) => schemas.includes(schema));
  if (others.length > 0) {
    const names = [only, ...others].map((schema) => `"${schema}"`).join(' and ');
    throw new DatabaseError(`${table} is in the schemas ${names}; choose one with --events-schema`);
  }
  return only ?? usual;
}

/**
 * Finds the schema of the tables that this program writes: the first of the account's path, unless they are there
 * already in a later one, beside Scrutinizer's, or where the printed script creates them.
 *
 * @param names the tables, which stand in one schema
 * @param schema the configured one
 * @returns null where the server alone decides
 * @throws DatabaseError when a table belongs to an account that is not trusted
 */
export function findStateSchema(
  { catalog, sql }: Pick<Database, 'catalog' | 'sql'>,
  names: readonly string[],
  schema?: string,
): string | null {
  if (!catalog) return schema ?? null;
  const schemas = [...catalog.path, sql.eventsSchema, sql.stateSchema].filter((candidate) => candidate !== null);
  const holds = (candidate: string) => ownersIn(catalog, candidate, names).some(({ isTrusted }) => isTrusted);
  const chosen = schema ?? schemas.find(holds) ?? schemas[0];
  if (chosen === undefined) return null;
  const strange = ownersIn(catalog, chosen, names).find(({ isTrusted }) => !isTrusted);
  if (strange) {
    throw new DatabaseError(
      `the state table ${chosen}.${strange.table} belongs to ${strange.owner}, who could change what is alerted; give it to this account, or name another one with --state-table`,
    );
  }
  return chosen;
}

function ownersIn({ tables }: Catalog, schema: string, names: readonly string[]): FoundTable[] {
  return tables.filter((found) => found.schema === schema && names.includes(found.table));
}
