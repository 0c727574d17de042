import type { Connection, RowDataPacket } from 'mysql2/promise';

/** Names of the tables of a database, sorted. */
export async function tablesOf(connection: Connection, database: string): Promise<string[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'select table_name as name from information_schema.tables where table_schema = ? order by 1',
    [database],
  );
  return rows.map(({ name }) => String(name));
}

/** All that a database holds: each table's definition and rows. Two equal dumps mean that nothing was written. */
export async function dump(connection: Connection, database: string): Promise<Record<string, unknown>> {
  const tables: Record<string, unknown> = {};
  for (const table of await tablesOf(connection, database)) {
    const [definition] = await connection.query(`show create table ${database}.${table}`);
    const [rows] = await connection.query(`select * from ${database}.${table} order by 1, 2, 3, 4`);
    tables[table] = { definition, rows };
  }
  return tables;
}
