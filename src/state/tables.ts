/** Definition of the state tables, and the least privileges that a run needs. */

import { type CompiledQuery, type Kysely, sql } from 'kysely';
import type { Database, Schema, SqlParts } from '../db/database.ts';
import { findStateSchema } from '../db/find-tables.ts';

export type EpisodeTable = Schema['leaktally_state'];
export type RunTable = Schema['leaktally_state_runs'];

/** Names of the state tables, typed as the default names so that Kysely knows their columns. */
export interface StateTables {
  readonly episodes: 'leaktally_state';
  readonly runs: 'leaktally_state_runs';
}

/** Derives both names from the configured one, so that one option and one grant pattern cover them. */
export function stateTables(name: string): StateTables {
  return { episodes: name, runs: `${name}_runs` } as StateTables;
}

/** @returns the schema in a configured name; null when it has none */
export function configuredSchema(name: string): string | null {
  const [, schema] = name.split('.').reverse();
  return schema ?? null;
}

/**
 * Adds the schema to both names, where a database has several.
 *
 * @throws DatabaseError when one of the tables belongs to an account that is not trusted
 */
export function locateStateTables(name: string, database: Pick<Database, 'catalog' | 'sql'>): StateTables {
  const [table = ''] = name.split('.').reverse();
  const { episodes, runs } = stateTables(table);
  const schema = findStateSchema(database, [episodes, runs], configuredSchema(name) ?? undefined);
  return stateTables(schema === null ? name : `${schema}.${table}`);
}

/** Builds the statements that create missing state tables. */
export function createStatements(kysely: Kysely<Schema>, parts: SqlParts, tables: StateTables): CompiledQuery[] {
  const end = sql.raw(parts.tableOptions);
  const episodes = kysely.schema
    .createTable(tables.episodes)
    .ifNotExists()
    // A hash: text keys may collide on case, accents and trailing spaces.
    .addColumn('id', 'char(64)', (column) => column.notNull().primaryKey())
    .addColumn('rule_name', 'varchar(64)', (column) => column.notNull())
    .addColumn('group_by', 'varchar(64)', (column) => column.notNull())
    .addColumn('group_key', 'varchar(400)', (column) => column.notNull())
    .addColumn('opened_at', 'bigint', (column) => column.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('alerted_at', 'bigint')
    .addColumn('alerted_bytes', 'varchar(40)')
    .addColumn('alerted_newest', 'bigint')
    .addColumn('alerted_scope', 'char(64)')
    .addColumn('pending_alert', 'text')
    .modifyEnd(end);
  const runs = kysely.schema
    .createTable(tables.runs)
    .ifNotExists()
    .addColumn('id', 'char(64)', (column) => column.notNull().primaryKey())
    .addColumn('rule_name', 'varchar(64)', (column) => column.notNull())
    .addColumn('group_by', 'varchar(64)', (column) => column.notNull())
    .addColumn('evaluated_until', 'bigint', (column) => column.notNull())
    .addColumn('window_seconds', 'bigint', (column) => column.notNull())
    .addColumn('threshold_bytes', 'bigint', (column) => column.notNull())
    .addColumn('policies', 'text', (column) => column.notNull())
    .modifyEnd(end);
  return [episodes.compile(), runs.compile()];
}

/**
 * Returns the statements with which an administrator prepares the state.
 *
 * @param schema the one to be created for it; null when it is not ours to create
 */
export function stateSetup(
  { kysely, sql: parts }: Pick<Database, 'kysely' | 'sql'>,
  tables: StateTables,
  schema: string | null,
): string[] {
  const creating = createStatements(kysely, parts, tables).map((statement) => statement.sql.trimEnd());
  return [...(schema === null ? [] : [parts.createSchema(schema)]), ...creating, ...stateGrants(parts, tables)];
}

/** Returns the grants for the state tables. */
export function stateGrants(parts: SqlParts, tables: StateTables): string[] {
  const privileges = ['select', 'insert', 'update'];
  const schema = configuredSchema(tables.episodes);
  return [
    schema ? parts.grantSchema(schema) : '',
    // Expired episodes are deleted, runs never.
    parts.grant([...privileges, 'delete'], tables.episodes),
    parts.grant(privileges, tables.runs),
  ].filter((grant) => grant !== '');
}

/** Returns the grants for reading events and names. */
export function readGrants(parts: SqlParts, eventsSchema: string | null): string[] {
  const schema = eventsSchema ?? parts.eventsSchema;
  const tables = ['alm_bulletin_board_data', 'domain_index'].map((table) => (schema ? `${schema}.${table}` : table));
  const grants = tables.map((table) => parts.grant(['select'], table));
  return [schema ? parts.grantSchema(schema) : '', ...grants].filter((grant) => grant !== '');
}
