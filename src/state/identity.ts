/** Keys by which later runs find the state: if one is computed differently, stored state is lost. */

import { createHash } from 'node:crypto';
import type { Exception } from '../options/exceptions.ts';
import { Steps } from '../util/steps.ts';
import type { Schedule } from './schedule.ts';

type ScheduleName = Pick<Schedule, 'rule' | 'groupBy'>;
type TotalScope = Pick<Schedule, 'windowSeconds' | 'policies' | 'exceptions' | 'ipDatabaseEditions'>;

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

/** Identifies what a total covers, as exceptions end: only totals with the same hash can be compared. */
export function totalScopes({
  windowSeconds,
  policies,
  exceptions,
  ipDatabaseEditions = [],
}: TotalScope): Steps<string> {
  const { includeSources } = exceptions;
  // Thresholds do not change totals.
  const exclusions = exceptions.exceptions.filter(({ aboveBytes }) => aboveBytes === null);
  const editions = ipDatabaseEditions.map((edition) => `ipDatabase ${edition}`);
  const included = includeSources.map(({ text }) => `includeSources ${text}`);
  return new Steps(
    exclusions.map(({ endsAt }) => endsAt),
    (time) => {
      const excluded = exclusions.filter(({ endsAt }) => endsAt > time).map(listEntry);
      const entries = [...new Set([...included, ...excluded])];
      return hash(`${windowSeconds}`, ...[...policies].sort(), ...entries.sort(), ...editions);
    },
  );
}

function listEntry({ subject }: Exception): string {
  switch (subject.kind) {
    case 'source':
      return `excludeSources ${subject.range.text}`;
    case 'destination':
      return `excludeDestinations ${subject.range.text}`;
    case 'domain':
      return `excludeDomains ${subject.domain}`;
    case 'as':
      return `excludeAs ${subject.number}`;
  }
}

/** Hashes to a fixed length, without collisions on case, accents or trailing spaces. */
function hash(...parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
