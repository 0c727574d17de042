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

/** Reasons why the requested groups are alerted or not. */
export interface Explanation extends Scan {
  readonly rule: string;
  readonly thresholdBytes: number;
  /** False when the state cannot be read; then nothing counts as alerted before. */
  readonly isStateKnown: boolean;
  /** End of the last window that the rule was evaluated for; null when no run is known. */
  readonly lastRunAt: number | null;
  /** Settings that changed since the rule's last run, in words. */
  readonly changesSinceLastRun: readonly string[];
  /** Largest first. */
  readonly groups: readonly ExplainedGroup[];
  /** Oldest first. */
  readonly events: readonly ExplainedEvent[];
  /** Reasons why there is no event, one per line; empty when there is one. */
  readonly absence: readonly string[];
}

/**
 * Reads the window as a run does, and explains the decisions on the requested groups. Writes nothing.
 *
 * @param memory null when it cannot be read
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
  const hasAddress = question.source !== undefined || question.destination !== undefined;
  const absence = async () =>
    absenceReasons({
      policies,
      matched: window.tally.matched,
      ofOtherDomains: hasAddress ? collector.events.length : 0,
      elsewhere: hasAddress ? await eventsElsewhere(context.source, question, { policies, from, to }) : null,
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
