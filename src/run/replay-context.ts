import type { FindingsContext } from '../leaks/find-leaks.ts';
import { staleness, toleratedAge } from '../leaks/staleness.ts';
import { totalScopes } from '../state/identity.ts';
import type { State } from '../state/memory.ts';
import { progressOn } from '../terminal.ts';
import type { RunContext } from './context.ts';
import { decidingEditions } from './ip-databases.ts';
import type { LookPlan } from './plan-looks.ts';

/** What a replay needs of this run besides the events. */
export function replayContext(
  { options, terminal, source, store, ipDatabases }: RunContext,
  { memory, looks }: LookPlan,
): FindingsContext {
  const tolerance = toleratedAge(options.windowSeconds);
  return {
    source,
    ipDatabases,
    showProgress: progressOn(terminal),
    state: memory.state,
    scopes: totalScopes({ ...options, ipDatabaseEditions: decidingEditions(options, ipDatabases) }),
    readLastAlerted: () => readLastAlerted(store, memory.state, looks.now),
    staleness: (tally) => staleness(source, { tally, asOf: looks.now }, tolerance),
  };
}

/** Counts a due alert as sent, and moves a time in the future, left by a wrong clock, back to `now` (Unix seconds). */
async function readLastAlerted(
  store: RunContext['store'],
  { undelivered }: State,
  now: number,
): Promise<ReadonlyMap<string, number>> {
  const newest = new Map(await store?.readLastAlerted());
  for (const { groupKey, covers } of undelivered) {
    newest.set(groupKey, Math.max(newest.get(groupKey) ?? 0, covers.newest));
  }
  for (const [groupKey, epoch] of newest) newest.set(groupKey, Math.min(epoch, now));
  return newest;
}
