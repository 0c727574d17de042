import { offline } from '../db/connect.ts';
import { EXAMPLE_TARGET } from '../db/target.ts';
import type { Options } from '../options/options.ts';
import { createStatements, readGrants, stateGrants, stateTables } from '../state/tables.ts';
import type { Terminal } from '../terminal.ts';

/** Prints the statements with which an administrator creates the state tables and grants the least privileges. */
export async function printSchema(options: Options, terminal: Terminal): Promise<void> {
  const { database, eventsSchema, state, stateTable } = options;
  const source = await offline(database ?? EXAMPLE_TARGET);
  const { kysely, sql } = await offline(state ?? database ?? EXAMPLE_TARGET);
  const tables = stateTables(stateTable);
  const sections = [
    ['State tables', createStatements(kysely, sql, tables).map((statement) => statement.sql)],
    ['Least privileges for reading events and names', readGrants(source.sql, eventsSchema)],
    ['Least privileges for keeping state', stateGrants(sql, tables)],
  ] as const;
  const text = sections
    .filter(([, statements]) => statements.length > 0)
    .map(([title, statements]) => [`-- ${title}`, ...statements.map((statement) => `${statement};`), ''].join('\n'))
    .join('\n');
  await terminal.out(text);
}
