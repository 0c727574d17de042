import { eventsElsewhere } from '../events/query.ts';
import type { GroupField, Tally } from '../model.ts';
import type { Options } from '../options.ts';
import { EMPTY_STATE, type LastRun, type State } from '../state/store.ts';
import type { Terminal } from '../terminal.ts';
import { scopeChanges } from '../warnings.ts';
import { readWindow, type WindowContext } from '../window.ts';
import { absenceReasons } from './absence.ts';
import { type ExplainedEvent, type ExplainedGroup, explainEvents, explainGroups } from './explanation.ts';
import { EventKeeper } from './keeper.ts';
import type { Question } from './question.ts';

/** Why a group is alerted or not. */
export interface Explanation {
  readonly rule: string;
  readonly asOf: number;
  readonly windowSeconds: number;
  readonly thresholdBytes: number;
  readonly groupBy: readonly GroupField[];
  readonly policies: readonly string[];
  readonly tally: Tally;
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

/** What is remembered of earlier runs. */
export interface Memory {
  readonly state: State;
  readonly lastRun: LastRun | null;
}

/**
 * Looks at the window as a run does, and explains what it makes of the asked groups. Writes nothing.
 *
 * @param memory null when it may not be read
 */
export async function explain(
  options: Options,
  question: Question,
  context: WindowContext,
  asOf: number,
  memory: Memory | null,
): Promise<Explanation> {
  const keeper = new EventKeeper(question);
  const window = await readWindow(options, { ...context, witness: keeper }, asOf, () => false);
  const threshold = BigInt(options.thresholdBytes);
  const { events, accounts } = explainEvents(keeper.events, window, question, threshold);
  const { state, lastRun } = memory ?? { state: EMPTY_STATE, lastRun: null };
  const { rule, windowSeconds, thresholdBytes, groupBy, policies } = options;
  const { from, to } = window.timescale;
  const isAddressAsked = question.source !== undefined || question.destination !== undefined;
  const absence = async () =>
    absenceReasons({
      policies,
      matched: window.tally.matched,
      ofOtherDomains: isAddressAsked ? keeper.events.length : 0,
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

// Each is loaded only when it is used, as those of the usual report.
export async function renderExplanation(
  explanation: Explanation,
  { format }: Options,
  { chalk, columns }: Terminal,
): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('../report/explain-table.ts')).renderExplainTable(explanation, chalk, columns);
    case 'json':
      return (await import('../report/explain-json.ts')).renderExplainJson(explanation);
    case 'csv':
      return (await import('../report/explain-csv.ts')).renderExplainCsv(explanation);
  }
}
