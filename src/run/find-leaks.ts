import { findLeaks } from '../leaks/find-leaks.ts';
import type { Findings } from '../leaks/findings.ts';
import { staleness } from '../leaks/staleness.ts';
import { coverageOf } from '../state/due-alert.ts';
import type { State } from '../state/memory.ts';
import { progressOn } from '../terminal.ts';
import { plural } from '../util/text.ts';
import type { RunContext } from './context.ts';
import { type LookPlan, USUAL_GAP_SECONDS } from './plan-looks.ts';
import { lookWarnings, warn } from './warnings.ts';

/** A missed part of the window: data that is older than this part may only mean that the collector stands still. */
const FRESH_PARTS = 12;

/** What a replay is told of this run beside its events. */
export function replayContext({ options, terminal, source, store }: RunContext, { memory, looks }: LookPlan) {
  const tolerance = Math.max(options.windowSeconds / FRESH_PARTS, USUAL_GAP_SECONDS);
  return {
    source,
    showProgress: progressOn(terminal),
    state: memory.state,
    readLastAlerted: () => readLastAlerted(store, memory.state, looks.now),
    staleness: (tally: Findings['tally']) => staleness(source, { tally, asOf: looks.now }, tolerance),
  };
}

/** An alert that is due counts as sent; one from the future, of a wrong clock, as one of now (Unix seconds). */
async function readLastAlerted(
  store: RunContext['store'],
  { undelivered }: State,
  now: number,
): Promise<ReadonlyMap<string, number>> {
  const newest = new Map(await store?.readLastAlerted());
  for (const alert of undelivered) {
    const { groupKey } = alert;
    newest.set(groupKey, Math.max(newest.get(groupKey) ?? 0, coverageOf(alert).newest));
  }
  for (const [groupKey, epoch] of newest) newest.set(groupKey, Math.min(epoch, now));
  return newest;
}

/** Finds the leaks of all planned looks, and says what is to be known beside them. */
export async function findAndWarn(context: RunContext, plan: LookPlan): Promise<Findings> {
  const { options, terminal } = context;
  const findings = await findLeaks(options, replayContext(context, plan), plan.looks);
  const { keptOpen } = findings;
  await warn(terminal, [
    ...(keptOpen
      ? [`warning: ${keptOpen.age}; ${plural(keptOpen.episodes, 'episode')} kept open until there is newer data`]
      : []),
    ...lookWarnings(options, findings),
  ]);
  return findings;
}
