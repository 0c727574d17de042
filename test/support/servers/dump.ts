import type { MariadbDatabase } from './mariadb.ts';

/** The names of the tables of a database, sorted. */
export async function tablesOf({ query, name }: MariadbDatabase, schema = name): Promise<string[]> {
  const rows = await query<{ name: string }>(
    'select table_name as name from information_schema.tables where table_schema = ? order by 1',
    [schema],
  );
  return rows.map((row) => row.name);
}

/** Everything in a database: each table's definition and rows. Equal dumps prove that nothing was written. */
export async function dump(database: MariadbDatabase): Promise<Record<string, unknown>> {
  const tables: Record<string, unknown> = {};
  for (const table of await tablesOf(database)) {
    const definition = await database.query(`show create table ${database.name}.${table}`);
    const rows = await database.query(`select * from ${database.name}.${table} order by 1, 2, 3, 4`);
    tables[table] = { definition, rows };
  }
  return tables;
}
