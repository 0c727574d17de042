import { Delivery } from '../alert/delivery.ts';
import type { Database } from '../db/database.ts';
import { SyslogError } from '../errors.ts';
import { type Evaluation, evaluate } from '../leaks/find-leaks.ts';
import type { Options } from '../options/options.ts';
import { evaluationTimes, STEPS_PER_WINDOW } from '../state/catch-up.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { StateStore } from '../state/store.ts';
import type { Terminal } from '../terminal.ts';
import { plural } from '../util/text.ts';
import type { Session } from './connections.ts';
import type { RunFacts } from './facts.ts';
import { notices, warn } from './notices.ts';
import { type Attempt, printReport } from './print-report.ts';
import { staleness } from './staleness.ts';
import { catchUpNotices, scopeWarnings, USUAL_GAP_SECONDS } from './warnings.ts';

/**
 * A run that counts: alerts what is due and remembers it.
 *
 * @returns null when another run is under way
 * @throws SyslogError when alerts remain due
 */
export async function alertLeaks(
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
  const { syslogSender } = await import('../alert/syslog-sender.ts');
  // In a record of RFC 3164, CEF is a tag itself: behind another one some receivers (Microsoft Sentinel) do not look for it.
  const tag = rfc3164 && options.alertFormat === 'cef' ? null : options.tag;
  const send = syslogSender({ ...options, target: options.syslog, rfc3164, tag });
  return async ({ alertId, leak }) => {
    const { alertMessage } = await import('../alert/alert-message.ts');
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
