import type { ColumnFacts, TableName } from '../../db/inspector.ts';
import type { Options } from '../../options/options.ts';
import {
  configuredSchema,
  type EpisodeTable,
  locateStateTables,
  type RunTable,
  type StateTables,
  stateSetup,
} from '../../state/tables.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';
import type { StateAccess } from '../context.ts';
import { stateConnection } from './connection.ts';

/** The tables that a run would use, with their schemas. */
export function tablesOf({ database }: StateAccess, { stateTable }: Options): StateTables {
  return locateStateTables(stateTable, database);
}

/** The columns, of which the compiler knows that none is missing. */
const EPISODE_COLUMNS: Readonly<Record<keyof EpisodeTable, true>> = {
  ...{ id: true, rule_name: true, group_by: true, group_key: true, opened_at: true, closed_at: true },
  ...{ alerted_at: true, alerted_bytes: true, alerted_newest: true, alerted_scope: true, pending_alert: true },
};
const RUN_COLUMNS: Readonly<Record<keyof RunTable, true>> = {
  ...{ id: true, rule_name: true, group_by: true, evaluated_until: true },
  ...{ window_seconds: true, threshold_bytes: true, policies: true },
};

/** Takes a name with a schema apart. */
export function toTableName(name: string): TableName {
  const [table = '', schema = null] = name.split('.').reverse();
  return { schema, name: table };
}

export const stateTablesThere: Check = {
  name: 'state.tables',
  title: 'State tables',
  lane: 'state',
  needs: [stateConnection],
  run: async ({ options, state }) => {
    const access = await state();
    if (!access) return ok('created with the file');
    const { inspector } = access;
    const tables = tablesOf(access, options);
    const names = [tables.episodes, tables.runs];
    const columns = await Promise.all(names.map((name) => inspector.columns(toTableName(name))));
    const missing = names.filter((_, index) => columns[index]?.length === 0);
    if (missing.length === 0) return judgeColumns(names, columns);
    const allowed = await Promise.all(missing.map((name) => inspector.mayCreate(toTableName(name))));
    const absent = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not there`;
    if (allowed.every(Boolean)) return ok(`${absent} yet; the first run creates what is missing`);
    const statements = setupStatements(access, options);
    if (allowed.includes(false)) {
      return fail(
        `${absent}, or not accessible, and this account may not create tables`,
        `keep the state elsewhere with --state sqlite:<file>, or ask ${administratorOf(access)} to run:`,
        statements,
      );
    }
    return warn(
      `${absent}; whether this account may create tables cannot be told`,
      `if the first run fails, ask ${administratorOf(access)} to run:`,
      statements,
    );
  },
};

/** Where tables belong to who creates them, runs do not trust those of just any account. */
function administratorOf({ database }: StateAccess): string {
  return database.catalog === null ? 'a database administrator' : 'a superuser or the owner of the database';
}

/** The administrator is connected to another database, or to none. */
function setupStatements(access: StateAccess, options: Options): string[] {
  const { kysely, sql, schema } = access.database;
  const setup = { kysely: schema === '' ? kysely : kysely.withSchema(schema), sql };
  const named = configuredSchema(options.stateTable);
  return stateSetup(setup, tablesOf(access, options), named).map((statement) => `${statement};`);
}

/** @param columns those of each of the two tables */
function judgeColumns(names: readonly string[], columns: readonly (readonly ColumnFacts[])[]): Finding {
  const lacking = [EPISODE_COLUMNS, RUN_COLUMNS].flatMap((expected, index) => {
    const there = new Set(columns[index]?.map(({ name }) => name));
    return Object.keys(expected).flatMap((column) => (there.has(column) ? [] : `${names[index]}.${column}`));
  });
  if (lacking.length === 0) return ok(names.join(', '));
  return fail(
    `not those of leaktally, without ${lacking.join(', ')}`,
    'name others with --state-table, or compare them with leaktally --print-schema',
  );
}
