/** Keys by which later runs find the state: if one is computed differently, stored state is lost. */

import { createHash } from 'node:crypto';
import type { AddressRange, ExclusionRules } from '../model.ts';
import type { Schedule } from './schedule.ts';

type ScheduleName = Pick<Schedule, 'rule' | 'groupBy'>;
type TotalScope = Pick<Schedule, 'windowSeconds' | 'policies' | 'exclusions' | 'ipDatabaseEditions'>;

/** Returns the key columns of a schedule, the same in both state tables. */
export function scheduleColumns({ rule, groupBy }: ScheduleName) {
  return { rule_name: rule, group_by: groupBy.join(',') };
}

/** Identifies the row of a schedule's last run. */
export function runId(schedule: ScheduleName): string {
  const { rule_name, group_by } = scheduleColumns(schedule);
  return hash(rule_name, group_by);
}

/** Names the lock that lets only one run of a rule at a time write to a state table. */
export function lockName(stateTable: string, defaultSchema: string, rule: string): string {
  const [table, schema = defaultSchema] = stateTable.split('.').reverse();
  // MySQL limits lock names to 64 characters.
  return `leaktally-${hash(schema, table, rule).slice(0, 32)}`;
}

/** Identifies what a total covers: only totals with the same hash can be compared. */
export function scopeHash({ windowSeconds, policies, exclusions, ipDatabaseEditions = [] }: TotalScope): string {
  const editions = ipDatabaseEditions.map((edition) => `ipDatabase ${edition}`);
  return hash(`${windowSeconds}`, ...[...policies].sort(), ...exclusionEntries(exclusions).sort(), ...editions);
}

function exclusionEntries(exclusions: ExclusionRules): string[] {
  return Object.entries(exclusions).flatMap(([list, entries]) =>
    entries.map((entry: AddressRange | string | number) => `${list} ${typeof entry === 'object' ? entry.text : entry}`),
  );
}

/** Hashes to a fixed length, without collisions on case, accents or trailing spaces. */
function hash(...parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
