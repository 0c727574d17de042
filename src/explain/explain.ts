import type { Scan } from '../model.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import type { Options } from '../options/options.ts';
import { eventsElsewhere } from '../scrutinizer/events-query.ts';
import { EMPTY_MEMORY, type Memory } from '../state/memory.ts';
import { scopeChanges } from '../state/scope-changes.ts';
import { readWindow, type WindowContext } from '../tally/read-window.ts';
import { absenceReasons } from './absence.ts';
import { EventCollector } from './event-collector.ts';
import { type ExplainedEvent, type ExplainedGroup, explainEvents, explainGroups } from './explanation.ts';

/** Why a group is alerted or not. */
export interface Explanation extends Scan {
  readonly rule: string;
  readonly thresholdBytes: number;
  /** The state may be read; otherwise it is taken as if nothing was ever alerted. */
  readonly isStateKnown: boolean;
  /** Until when the rule is evaluated; null when no run is known. */
  readonly lastRunAt: number | null;
  /** Settings of the rule's last run that are others now, in words. */
  readonly changesSinceLastRun: readonly string[];
  /** Largest first. */
  readonly groups: readonly ExplainedGroup[];
  /** In the order of their time. */
  readonly events: readonly ExplainedEvent[];
  /** When there is no event: why, in lines. */
  readonly absence: readonly string[];
}

/**
 * Looks at the window as a run does, and explains what it makes of the asked groups. Writes nothing.
 *
 * @param memory null when it may not be read
 */
export async function explain(
  options: Options,
  question: ExplainQuestion,
  context: WindowContext,
  asOf: number,
  memory: Memory | null,
): Promise<Explanation> {
  const collector = new EventCollector(question);
  const window = await readWindow(options, { ...context, observer: collector }, asOf, () => false);
  const threshold = BigInt(options.thresholdBytes);
  const { events, accounts } = explainEvents(collector.events, window, question, threshold);
  const { state, lastRun } = memory ?? EMPTY_MEMORY;
  const { rule, windowSeconds, thresholdBytes, groupBy, policies } = options;
  const { from, to } = window.timescale;
  const isAddressAsked = question.source !== undefined || question.destination !== undefined;
  const absence = async () =>
    absenceReasons({
      policies,
      matched: window.tally.matched,
      ofOtherDomains: isAddressAsked ? collector.events.length : 0,
      elsewhere: isAddressAsked ? await eventsElsewhere(context.source, question, { policies, from, to }) : null,
    });
  return {
    ...{ rule, asOf, windowSeconds, thresholdBytes, groupBy, policies },
    tally: window.tally,
    isStateKnown: memory !== null,
    lastRunAt: lastRun?.evaluatedUntil ?? null,
    changesSinceLastRun: lastRun ? scopeChanges(options, lastRun) : [],
    groups: explainGroups(accounts, state, question, groupBy, asOf, options),
    events,
    absence: events.length > 0 ? [] : await absence(),
  };
}
