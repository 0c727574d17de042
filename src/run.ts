import { Delivery } from './alert/deliver.ts';
import { evaluationTimes, STEPS_PER_WINDOW } from './catch-up.ts';
import type { Database } from './db/database.ts';
import { DatabaseError, StaleDataError, SyslogError } from './errors.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { newestEpoch } from './events/query.ts';
import type { Question } from './explain/question.ts';
import { RunFacts } from './facts.ts';
import type { Options } from './options.ts';
import { type Attempt, printReport, printWhatIf, writePage } from './print.ts';
import { type Session, withSession } from './session.ts';
import type { DueAlert } from './state/pending.ts';
import { EMPTY_STATE, StateStore } from './state/store.ts';
import type { Terminal } from './terminal.ts';
import { plural } from './text.ts';
import {
  catchUpNotices,
  describeAge,
  exclusionNotices,
  isStale,
  scanWarnings,
  scopeWarnings,
  USUAL_GAP_SECONDS,
} from './warnings.ts';

export interface RunResult {
  /** Groups that are above the threshold now. */
  readonly leaks: number;
}

/** What every kind of run learns of the window. */
interface Found extends Pick<Evaluation, 'asOf' | 'tally'> {
  readonly leaks: readonly unknown[];
}

/**
 * One run, from the options to the report.
 *
 * @param facts are filled in as the run goes on
 * @throws ExpectedError when it could not be completed, or when it was but alerts remain due or the data is stale
 */
export async function run(options: Options, terminal: Terminal, facts = new RunFacts()): Promise<RunResult> {
  if (options.printSchema) {
    const { schemaText } = await import('./schema-text.ts');
    await terminal.out(await schemaText(options));
    return { leaks: 0 };
  }
  if (options.whatIf) {
    const { whatIf } = options;
    await withSession(options, (session) => compare(options, whatIf, terminal, session));
    return { leaks: 0 };
  }
  const look = async (session: Session) => {
    const store = session.state && new StateStore(session.state, options.stateTable, options);
    const found = await inMode(options, terminal, session, store, facts);
    if (found && options.failIfStaleSeconds !== null) {
      const age = await staleness(session.source, found, options.failIfStaleSeconds);
      if (age !== null) throw new StaleDataError(age);
    }
    return found;
  };
  const found = await withSession(options, (session) => withPage(options, terminal, facts, () => look(session)));
  facts.outcome = found ? 'completed' : 'skipped';
  return { leaks: found?.leaks.length ?? 0 };
}

/** Only counts what thresholds would have given. */
async function compare(options: Options, whatIf: readonly number[], terminal: Terminal, { source, asOf }: Session) {
  const { compareThresholds } = await import('./what-if.ts');
  const report = await compareThresholds(options, whatIf, { source, terminal }, asOf);
  await warn(terminal, scanWarnings(options, report.tally));
  await printWhatIf(report, options, terminal);
}

/** The page is written last, when all alerts are recorded, but also when some could not be sent. */
async function withPage<T>(options: Options, terminal: Terminal, facts: RunFacts, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // Why the run failed is not to be hidden by this.
    await writePage(options, facts.report).catch(({ message }: Error) => warn(terminal, [message]));
    throw error;
  }
  await writePage(options, facts.report);
  return result;
}

/** @returns null when another run was under way */
async function inMode(
  options: Options,
  terminal: Terminal,
  session: Session,
  store: StateStore | null,
  facts: RunFacts,
): Promise<Found | null> {
  if (options.explain) return explainGroups(options, options.explain, terminal, session, store);
  if (options.dryRun || !store) return preview(options, terminal, session, store, facts);
  return alertLeaks(options, terminal, session, store, facts);
}

/** Explains what a run would make of some groups; sends and writes nothing. */
async function explainGroups(
  options: Options,
  question: Question,
  terminal: Terminal,
  { source, asOf }: Session,
  store: StateStore | null,
): Promise<Found> {
  const nothing = { state: EMPTY_STATE, lastRun: null };
  const memory = store ? await unlessDenied(() => store.peek()) : nothing;
  if (!memory) await warn(terminal, ['the state may not be read, so it is explained as if nothing was ever alerted']);
  const { explain, renderExplanation } = await import('./explain/explain.ts');
  const explanation = await explain(options, question, { source, terminal }, asOf, memory);
  await terminal.out(await renderExplanation(explanation, options, terminal));
  return { ...explanation, leaks: explanation.groups.filter(({ crossedAt }) => crossedAt !== null) };
}

/** A dry run: shows what would be alerted, sends and writes nothing. */
async function preview(
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

/** An account that may only look at events can still ask what-if questions: the state is null to it. */
async function unlessDenied<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatabaseError && error.fault === 'denied') return null;
    throw error;
  }
}

/** A run that counts: alerts what is due and remembers it. */
async function alertLeaks(
  options: Options,
  terminal: Terminal,
  { source, asOf }: Session,
  store: StateStore,
  facts: RunFacts,
): Promise<Evaluation | null> {
  if (!(await store.tryLock())) {
    await warn(terminal, [`another run of rule "${options.rule}" is under way; nothing done`]);
    return null;
  }
  const { lastRun, state: remembered } = await store.recall();
  const since = options.catchUp && lastRun ? lastRun.evaluatedUntil : null;
  const times = evaluationTimes(since, asOf, options.windowSeconds);
  await warn(terminal, [...scopeWarnings(options.rule, options, lastRun), ...catchUpNotices(since, times, asOf)]);

  const delivery = new Delivery<DueAlert>(
    await alertSender(options, asOf),
    (alert) => store.recordSent(alert),
    (alert) => store.recordFailure(alert),
  );
  const attempts: Attempt[] = [];
  let found: Evaluation | null = null;
  for (const time of times) {
    const state = time === times[0] ? remembered : await store.load();
    const episodeId = (groupKey: string, openedAt: number) => store.episodeId(groupKey, openedAt);
    found = await evaluate(options, { source, terminal, state, episodeId }, time);
    facts.found = found;
    for (const { alertId } of found.due) facts.alerts.set(alertId, 'due');
    await store.reserve(found.due, state, time);
    for (const alert of options.syslog ? found.due : []) {
      const outcome = (await delivery.deliver(alert)) ? 'sent' : 'failed';
      facts.alerts.set(alert.alertId, outcome);
      attempts.push({ alert, outcome });
    }
    await store.finish(await closable(source, terminal, found, options.windowSeconds), time);
  }
  if (!found) return null;
  await warn(terminal, notices(options, found));
  if (!options.syslog) {
    // The report is the alert: it must be out before anything is recorded as alerted.
    await printReport(
      options,
      terminal,
      found,
      found.due.map((alert) => ({ alert, outcome: 'none' })),
      facts,
    );
    for (const alert of found.due) {
      await store.recordSent(alert);
      facts.alerts.set(alert.alertId, 'sent');
    }
    return found;
  }
  await printReport(options, terminal, found, attempts, facts);
  const unsent = facts.countAlerts('failed');
  if (delivery.failure && unsent > 0) {
    const remaining = `${plural(unsent, 'alert')} still due, the next run tries again`;
    throw new SyslogError(`${delivery.failure.message}; ${remaining}`, { cause: delivery.failure });
  }
  return found;
}

async function alertSender(options: Options, asOf: number): Promise<(alert: DueAlert) => Promise<void>> {
  if (!options.syslog) return async () => undefined;
  const rfc3164 = options.syslogFormat === 'rfc3164';
  const { syslogSender } = await import('./alert/syslog.ts');
  // In a record of RFC 3164, CEF is a tag itself: behind another one some receivers (Microsoft Sentinel) do not look for it.
  const tag = rfc3164 && options.alertFormat === 'cef' ? null : options.tag;
  const send = syslogSender({ ...options, target: options.syslog, rfc3164, tag });
  return async ({ alertId, leak }) => {
    const { alertMessage } = await import('./alert/formats.ts');
    await send(alertMessage(options.alertFormat, leak, { ...options, alertId, isLate: leak.asOf < asOf }));
  };
}

/** The episodes that may be closed: a falling total is good news only while the collector is alive. */
async function closable(source: Database, terminal: Terminal, found: Evaluation, windowSeconds: number) {
  const { over } = found;
  const tolerance = Math.max(windowSeconds / STEPS_PER_WINDOW, USUAL_GAP_SECONDS);
  const age = over.length === 0 ? null : await staleness(source, found, tolerance);
  if (age === null) return over;
  await warn(terminal, [`warning: ${age}; ${plural(over.length, 'episode')} kept open until there is newer data`]);
  return [];
}

/** @returns the age of the newest row of any kind, in words, when it is older than this; null when the data is fresh */
async function staleness(source: Database, { tally, asOf }: Pick<Found, 'tally' | 'asOf'>, toleranceSeconds: number) {
  if (!isStale(tally.newest, asOf, toleranceSeconds)) return null;
  const newest = await newestEpoch(source);
  return isStale(newest, asOf, toleranceSeconds) ? describeAge(newest, asOf) : null;
}

function notices(options: Options, { tally, unusedExclusions }: Evaluation): string[] {
  return [...scanWarnings(options, tally), ...(options.debug ? exclusionNotices(unusedExclusions) : [])];
}

async function warn(terminal: Terminal, lines: readonly string[]): Promise<void> {
  for (const line of lines) await terminal.err(`leaktally: ${line}\n`);
}
