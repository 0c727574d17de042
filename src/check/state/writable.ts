import { stateGrants } from '../../state/tables.ts';
import { type Check, fail, ok } from '../check.ts';
import { splitFailure } from '../failure.ts';
import { stateTablesThere, tablesOf, toTableName } from './state-tables.ts';

const ELSEWHERE = 'keep the state elsewhere with --state, such as --state sqlite:/var/lib/leaktally/state.db';

/** By privileges and settings of the server: nothing is written to find out. */
export const stateWritable: Check = {
  name: 'state.write',
  title: 'Writing state',
  lane: 'state',
  needs: [stateTablesThere],
  run: async ({ options, state }) => {
    const access = await state();
    if (!access) return ok('the folder can be written');
    const { database, inspector } = access;
    const reason = await inspector.readOnlyReason();
    if (reason !== null) {
      const { detail, advice } = splitFailure(reason);
      return fail(detail, [...advice, ELSEWHERE]);
    }
    const tables = tablesOf(access, options);
    const lacking = [
      { table: tables.episodes, privileges: ['select', 'insert', 'update', 'delete'] },
      // Rows of runs are never deleted.
      { table: tables.runs, privileges: ['select', 'insert', 'update'] },
    ] as const;
    const missing: string[] = [];
    for (const { table, privileges } of lacking) {
      const denied = await inspector.missingPrivileges(toTableName(table), privileges);
      if (denied.length > 0) missing.push(`${denied.join(', ')} on ${table}`);
    }
    if (missing.length === 0)
      return ok(options.state?.kind === 'sqlite' ? 'file and folder' : 'select, insert, update, delete');
    const grants = stateGrants(database.sql, tables).map((grant) => `${grant};`);
    return fail(`this account lacks ${missing.join(' and ')}`, 'ask a database administrator to run:', grants);
  },
};
