import { DatabaseError } from '../errors.ts';
import { type Evaluation, evaluate } from '../leaks/find-leaks.ts';
import type { ExplainQuestion } from '../options/explain-question.ts';
import type { Options } from '../options/options.ts';
import { EMPTY_MEMORY, EMPTY_STATE, type StateStore } from '../state/store.ts';
import type { Terminal } from '../terminal.ts';
import type { Session } from './connections.ts';
import type { RunFacts } from './facts.ts';
import { notices, warn } from './notices.ts';
import { printExplanation, printReport, printWhatIf } from './print-report.ts';
import { scanWarnings } from './warnings.ts';

/** The runs that only look: they send nothing and write nothing, not even the state's tables. */

/** What every kind of run learns of the window. */
export interface Found extends Pick<Evaluation, 'asOf' | 'tally'> {
  readonly leaks: readonly unknown[];
}

/** A dry run: shows what would be alerted, sends and writes nothing. */
export async function preview(
  options: Options,
  terminal: Terminal,
  { source, asOf }: Session,
  store: StateStore | null,
  facts: RunFacts,
): Promise<Evaluation> {
  const state = store ? await unlessDenied(() => store.load()) : EMPTY_STATE;
  if (state === null) await warn(terminal, ['the state may not be read, so every leak is shown as new']);
  const found = await evaluate(
    options,
    { source, terminal, state: state ?? EMPTY_STATE, episodeId: (groupKey) => groupKey },
    asOf,
  );
  await warn(terminal, notices(options, found));
  const outcome = options.syslog ? 'would-send' : 'none';
  await printReport(
    options,
    terminal,
    found,
    found.due.map((alert) => ({ alert, outcome })),
    facts,
  );
  return found;
}

/** Explains what a run would make of some groups; sends and writes nothing. */
export async function explainGroups(
  options: Options,
  question: ExplainQuestion,
  terminal: Terminal,
  { source, asOf }: Session,
  store: StateStore | null,
): Promise<Found> {
  const memory = store ? await unlessDenied(() => store.peek()) : EMPTY_MEMORY;
  if (!memory) await warn(terminal, ['the state may not be read, so it is explained as if nothing was ever alerted']);
  const { explain } = await import('../explain/explain.ts');
  const explanation = await explain(options, question, { source, terminal }, asOf, memory);
  await printExplanation(explanation, options, terminal);
  return { ...explanation, leaks: explanation.groups.filter(({ crossedAt }) => crossedAt !== null) };
}

/** Only counts what thresholds would have given. */
export async function compareThresholds(
  options: Options,
  whatIf: readonly number[],
  terminal: Terminal,
  { source, asOf }: Session,
): Promise<Found> {
  const { tryThresholds } = await import('../leaks/compare-thresholds.ts');
  const report = await tryThresholds(options, whatIf, { source, terminal }, asOf);
  await warn(terminal, scanWarnings(options, report.tally));
  await printWhatIf(report, options, terminal);
  return { ...report, leaks: [] };
}

/** An account that may only look at events can still ask what-if questions: the state is null to it. */
async function unlessDenied<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatabaseError && error.fault === 'denied') return null;
    throw error;
  }
}
