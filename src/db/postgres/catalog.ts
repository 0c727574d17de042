import type pg from 'pg';
import type { Catalog } from '../database.ts';

/** Asks for the schemas of the account's own path, so it has to run before the path is changed. */
export const PATH_QUERY = 'select pg_catalog.array_to_json(pg_catalog.current_schemas(false)) as path';

/**
 * Asks in which schemas there are tables or views of these names, and whether their owner may be trusted: with a table
 * of its own, any other account could hide leaks, or have functions run with our privileges.
 */
export function tablesQuery(tables: readonly string[]): string {
  const names = tables.map((table) => `'${table.replaceAll("'", "''")}'`);
  return `select n.nspname as schema, c.relname as table, o.rolname as owner,
      o.rolname = current_user or o.rolsuper or c.relowner = d.datdba as trusted
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_roles as o on o.oid = c.relowner
    join pg_catalog.pg_database as d on d.datname = current_database()
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname in (${names.join(', ')})
    order by 1, 2`;
}

/** Reads the results of both queries. */
export function readCatalog(path: pg.QueryResult | undefined, tables: pg.QueryResult | undefined): Catalog {
  return {
    path: path?.rows[0]?.path ?? [],
    tables: (tables?.rows ?? []).map(({ schema, table, owner, trusted }) => ({
      schema,
      table,
      owner,
      isTrusted: trusted,
    })),
  };
}
