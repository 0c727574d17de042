import { alertSender } from '../alert/alert-sender.ts';
import { Delivery } from '../alert/delivery.ts';
import { SyslogError } from '../errors.ts';
import { findLeaks, type Look } from '../leaks/find-leaks.ts';
import { evaluationTimes, STEPS_PER_WINDOW, USUAL_GAP_SECONDS } from '../state/catch-up.ts';
import type { DueAlert } from '../state/due-alert.ts';
import { episodeId } from '../state/identity.ts';
import type { State, StoredEpisode } from '../state/memory.ts';
import type { StateStore } from '../state/store.ts';
import { progressOn } from '../terminal.ts';
import { plural } from '../util/text.ts';
import type { Findings, RunContext } from './context.ts';
import { type Attempt, buildReport, printReport } from './print-report.ts';
import { staleness } from './staleness.ts';
import { catchUpNotices, lookWarnings, scopeWarnings, warn } from './warnings.ts';

/**
 * Sends the alerts that are due and records them; the default kind of run.
 *
 * @returns null when another run is under way
 * @throws SyslogError when alerts remain due
 */
export async function alertLeaks(context: RunContext): Promise<Findings | null> {
  const { options, terminal, store, asOf } = context;
  if (!store) throw new Error('only a dry run can do without state');
  if (!(await store.tryLock())) {
    await warn(terminal, [`another run of rule "${options.rule}" is under way; nothing was done`]);
    return null;
  }
  const { lastRun, state: remembered } = await store.readOrCreate();
  const since = options.catchUp && lastRun ? lastRun.evaluatedUntil : null;
  const times = evaluationTimes(since, asOf, options.windowSeconds);
  await warn(terminal, [...scopeWarnings(options.rule, options, lastRun), ...catchUpNotices(since, times, asOf)]);

  const delivery = new Delivery<DueAlert>(
    await alertSender(options, asOf),
    (alert) => store.recordSent(alert),
    (alert) => store.recordFailure(alert),
  );
  const attempts: Attempt[] = [];
  let look: Look | null = null;
  for (const time of times) {
    const state = time === times[0] ? remembered : await store.readState();
    look = await lookAndAlert(context, store, state, time, delivery, attempts);
  }
  if (!look) return null;
  await warn(terminal, lookWarnings(options, look));
  if (options.syslog) await reportAlerts(context, look, attempts, delivery);
  else await reportAsAlert(context, store, look);
  return look;
}

/** Evaluates the window that ends at `time`, sends the alerts that are due, and closes the episodes that are over. */
async function lookAndAlert(
  context: RunContext,
  store: StateStore,
  state: State,
  time: number,
  delivery: Delivery<DueAlert>,
  attempts: Attempt[],
): Promise<Look> {
  const { options, terminal, source, outcome } = context;
  const newId = (groupKey: string, openedAt: number) => episodeId(options, groupKey, openedAt);
  const look = await findLeaks(options, { source, showProgress: progressOn(terminal), state, episodeId: newId }, time);
  outcome.found = look;
  for (const { alertId } of look.due) outcome.alerts.set(alertId, 'due');
  await store.recordDue(look.due, state, time);
  for (const alert of options.syslog ? look.due : []) {
    const sent = (await delivery.deliver(alert)) ? 'sent' : 'failed';
    outcome.alerts.set(alert.alertId, sent);
    attempts.push({ alert, outcome: sent });
  }
  await store.completeEvaluation(await closableEpisodes(context, look), time);
  return look;
}

/** Closes nothing while the collector is down, since its silence makes totals fall too. */
async function closableEpisodes(
  { options, terminal, source }: RunContext,
  look: Look,
): Promise<readonly StoredEpisode[]> {
  const { over } = look;
  const tolerance = Math.max(options.windowSeconds / STEPS_PER_WINDOW, USUAL_GAP_SECONDS);
  const age = over.length === 0 ? null : await staleness(source, look, tolerance);
  if (age === null) return over;
  await warn(terminal, [`warning: ${age}; ${plural(over.length, 'episode')} kept open until there is newer data`]);
  return [];
}

async function reportAlerts(
  context: RunContext,
  look: Look,
  attempts: readonly Attempt[],
  { failure }: Delivery<DueAlert>,
): Promise<void> {
  const { options, outcome } = context;
  outcome.report = buildReport(options, look, attempts);
  await printReport(context, outcome.report, attempts.length > 0);
  const unsent = outcome.countAlerts('failed');
  if (failure && unsent > 0) {
    const remaining = `${plural(unsent, 'alert')} still due, the next run will try again`;
    throw new SyslogError(`${failure.message}; ${remaining}`, { cause: failure });
  }
}

/** Without a receiver the report is the alert, so print it before recording anything as alerted. */
async function reportAsAlert(context: RunContext, store: StateStore, look: Look): Promise<void> {
  const { options, outcome } = context;
  outcome.report = buildReport(
    options,
    look,
    look.due.map((alert) => ({ alert, outcome: 'none' })),
  );
  await printReport(context, outcome.report, look.due.length > 0);
  for (const alert of look.due) {
    await store.recordSent(alert);
    outcome.alerts.set(alert.alertId, 'sent');
  }
}
