import { findLeaks } from '../leaks/find-leaks.ts';
import type { Findings } from '../leaks/findings.ts';
import { plural } from '../util/text.ts';
import type { RunContext } from './context.ts';
import type { LookPlan } from './plan-looks.ts';
import { replayContext } from './replay-context.ts';
import { lookWarnings, warn } from './warnings.ts';

/** Finds the leaks of all planned looks, and prints the warnings that go with them. */
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
