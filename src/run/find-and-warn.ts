import { findLeaks } from '../leaks/find-leaks.ts';
import type { Findings } from '../leaks/findings.ts';
import { plural } from '../util/text.ts';
import type { RunContext } from './context.ts';
import type { LookPlan } from './plan-looks.ts';
import { replayContext } from './replay-context.ts';
import { lookWarnings, warn } from './warnings.ts';

/** The part of the remaining time that host names may take; the rest is for the alerts. */
const NAMES_PART = 2;

/** Finds the leaks of all planned looks, and prints the warnings that go with them. */
export async function findAndWarn(context: RunContext, plan: LookPlan): Promise<Findings> {
  const { options, terminal, deadline } = context;
  const namesSeconds = () => Math.max(1, Math.floor((deadline - performance.now()) / 1000 / NAMES_PART));
  const findings = await findLeaks(options, { ...replayContext(context, plan), namesSeconds }, plan.looks);
  const { keptOpen } = findings;
  await warn(terminal, [
    ...(keptOpen
      ? [
          `${keptOpen.age}; ${plural(keptOpen.episodes, 'episode')} kept open until there is newer data; check that the collector runs`,
        ]
      : []),
    ...lookWarnings(options, findings),
  ]);
  return findings;
}
