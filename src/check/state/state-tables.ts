import type { TableName } from '../../db/inspector.ts';
import type { Options } from '../../options/options.ts';
import { createStatements, locateStateTables, type StateTables, stateGrants } from '../../state/tables.ts';
import { type Check, fail, ok, warn } from '../check.ts';
import type { StateAccess } from '../context.ts';
import { stateConnection } from './connection.ts';

/** The tables that a run would use, with their schemas. */
export function tablesOf({ database }: StateAccess, { stateTable }: Options): StateTables {
  return locateStateTables(stateTable, database);
}

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
    const { database, inspector } = access;
    const tables = tablesOf(access, options);
    const names = [tables.episodes, tables.runs];
    const columns = await Promise.all(names.map((name) => inspector.columns(toTableName(name))));
    const missing = names.filter((_, index) => columns[index]?.length === 0);
    if (missing.length === 0) return ok(names.join(', '));
    const allowed = await Promise.all(missing.map((name) => inspector.mayCreate(toTableName(name))));
    const absent = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not there`;
    if (allowed.every(Boolean)) return ok(`${absent} yet; the first run creates what is missing`);
    const statements = [
      ...createStatements(database.kysely, database.sql, tables).map((statement) => statement.sql),
      ...stateGrants(database.sql, tables),
    ].map((statement) => `${statement};`);
    if (allowed.includes(false)) {
      return fail(
        `${absent}, or not accessible, and this account may not create tables`,
        'keep the state elsewhere with --state sqlite:<file>, or ask a database administrator to run:',
        statements,
      );
    }
    return warn(
      `${absent}; whether this account may create tables cannot be told`,
      'if the first run fails, ask a database administrator to run:',
      statements,
    );
  },
};
