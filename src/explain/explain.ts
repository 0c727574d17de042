import { type ReplayContext, replayGroups } from '../leaks/replay-groups.ts';
import type { Scan } from '../model.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import type { Options } from '../options/options.ts';
import { eventsElsewhere } from '../scrutinizer/events-query.ts';
import { type Memory, openGroups } from '../state/memory.ts';
import { scopeChanges } from '../state/scope-changes.ts';
import type { Looks } from '../tally/looks.ts';
import { readWindow, type WindowContext } from '../tally/read-window.ts';
import { formatAddress } from '../util/address.ts';
import { absenceReasons } from './absence.ts';
import { EventCollector } from './event-collector.ts';
import { type ExplainedEvent, type ExplainedGroup, explainEvents, explainGroups } from './explanation.ts';
import { matchesGroup } from './matches-question.ts';

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
 * Replays the looks as a run does, and explains the decisions on the requested groups. Writes nothing.
 *
 * @param memory null when it cannot be read
 * @param isRunPossible false when a run at this time does nothing, since the clock is behind
 */
export async function explain(
  options: Options,
  question: ExplainQuestion,
  context: Omit<WindowContext, 'open'> & ReplayContext,
  looks: Looks,
  memory: Memory | null,
  isRunPossible: boolean,
): Promise<Explanation> {
  const { rule, windowSeconds, thresholdBytes, groupBy, policies } = options;
  const asOf = looks.now;
  const from = asOf - windowSeconds;
  const { state } = context;
  const collector = new EventCollector(question, from);
  const window = await readWindow(
    options,
    { ...context, observer: collector, open: openGroups(state, groupBy) },
    looks,
    () => true,
  );
  const common = { bytes: thresholdBytes, exception: null };
  const groups = new Map(window.groups.map((group) => [group.key, group]));
  const thresholdOf = (key: string) => {
    const group = groups.get(key);
    return group ? window.thresholdsOf(group, thresholdBytes).at(asOf) : common;
  };
  const facts = { exclusionOf: window.exclusionOf, groupOf: window.groupOf, thresholdOf };
  const { events, accounts } = explainEvents(collector.events, facts, question, context.ipDatabases.factsOf);
  const requested = window.groups.filter((group) => matchesGroup(question, group));
  const { replayed } = await replayGroups({ ...window, groups: requested }, context, looks, options);
  const replays = new Map(Array.from(replayed, ({ key, replay }) => [key, replay]));
  const decisions = { replays, state, thresholdOf, scope: context.scopes.at(asOf), isRunPossible };
  const hasAddress = question.source !== undefined || question.destination !== undefined;
  const absence = async () =>
    absenceReasons({
      policies,
      matched: window.tally.matched,
      ofOtherNames: hasAddress ? collector.events.length : 0,
      groupBy,
      sourceAlone: Object.keys(question).join() === 'source' ? formatAddress(question.source ?? '') : null,
      elsewhere: hasAddress ? await eventsElsewhere(context.source, question, { policies, from, to: asOf }) : null,
    });
  const lastRun = memory?.lastRun ?? null;
  return {
    ...{ rule, asOf, windowSeconds, thresholdBytes, groupBy, policies },
    tally: window.tally,
    isStateKnown: memory !== null,
    lastRunAt: lastRun?.evaluatedUntil ?? null,
    changesSinceLastRun: lastRun ? scopeChanges(options, lastRun) : [],
    groups: explainGroups(accounts, decisions, question, groupBy, options, context.ipDatabases),
    events,
    absence: events.length > 0 ? [] : await absence(),
  };
}
