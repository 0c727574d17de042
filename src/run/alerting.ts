import { alertSender } from '../alert/alert-sender.ts';
import { Delivery } from '../alert/delivery.ts';
import { RunError, SyslogError } from '../errors.ts';
import type { Findings } from '../leaks/findings.ts';
import type { SyslogTarget } from '../options/syslog-target.ts';
import type { StateStore } from '../state/store.ts';
import { USUAL_GAP_SECONDS } from '../state/time-limits.ts';
import { plural } from '../util/text.ts';
import { formatDuration } from '../util/units.ts';
import type { RunContext, RunFindings } from './context.ts';
import { failIfLockedTooLong } from './fail-if-locked.ts';
import { findAndWarn } from './find-and-warn.ts';
import { describeClock, planLooks } from './plan-looks.ts';
import { type Attempt, printReport } from './print-report.ts';
import { scopeWarnings, warn } from './warnings.ts';

/**
 * Sends the alerts that are due and records them; the default kind of run.
 *
 * @returns null when nothing was done: another run is under way, or the clock is a little behind the last one
 * @throws ExpectedError when alerts remain due, or when the state or the clock cannot be relied on
 */
export async function alertLeaks(context: RunContext): Promise<RunFindings | null> {
  const { options, terminal, store, outcome } = context;
  if (!store) throw new Error('only a dry run may be without state');
  if (!(await store.tryLock())) {
    await failIfLockedTooLong(context, store);
    await warn(terminal, [`another run of rule "${options.rule}" is under way; this one does nothing`]);
    return null;
  }
  // Read under the lock: a run that waited for its connections must not write an earlier time than one that ended since.
  const [now, memory] = await Promise.all([context.now(), store.readOrCreate()]);
  const plan = planLooks(memory, now, options);
  await warn(terminal, [...memory.damaged, ...scopeWarnings(options.rule, options, memory.lastRun), ...plan.notices]);
  if (plan.behindSeconds > 0) {
    const line = describeClock(plan.behindSeconds, now, 'nothing was sent or written');
    if (plan.behindSeconds > USUAL_GAP_SECONDS) throw new RunError(line);
    await warn(terminal, [line]);
    return null;
  }
  const findings = await findAndWarn(context, plan);
  outcome.found = findings;
  outcome.alerts.due = findings.due.length;
  const clamped = plan.memory === memory ? null : plan.memory.state;
  await store.recordDecisions({ ...findings, now, clamped });
  if (options.syslog) await sendAlerts(context, options.syslog, store, findings);
  else await reportAsAlert(context, store, findings);
  if (memory.damaged.length > 0) {
    throw new RunError(
      `${plural(memory.damaged.length, 'row')} of the state cannot be read, see above; everything else was done`,
    );
  }
  return findings;
}

async function sendAlerts(
  context: RunContext,
  receiver: SyslogTarget,
  store: StateStore,
  findings: Findings,
): Promise<void> {
  const { options, outcome, deadline } = context;
  const sender = await alertSender(options, receiver, findings.asOf);
  const delivery = new Delivery(
    sender.send,
    (alert) => store.recordSent(alert),
    (alert) => store.recordFailure(alert),
    { deadline, reserveSeconds: Math.min(5, options.timeoutSeconds / 10) },
  );
  const attempts: Attempt[] = [];
  try {
    for (const alert of findings.due) {
      const sent = (await delivery.deliver(alert)) ? 'sent' : 'failed';
      outcome.alerts[sent]++;
      if (sent === 'sent') outcome.alerts.due--;
      attempts.push({ alert, outcome: sent });
    }
  } finally {
    sender.close();
  }
  await printReport(context, findings, attempts);
  const unsent = outcome.alerts.failed;
  if (unsent === 0) return;
  const { failure } = delivery;
  const remaining = `${plural(unsent, 'alert')} still due, the next run tries again`;
  if (failure) throw new SyslogError(`${failure.message}; ${remaining}`, { cause: failure });
  const sent = plural(outcome.alerts.sent, 'alert');
  throw new RunError(
    `not done within ${formatDuration(options.timeoutSeconds)} (--timeout): ${sent} sent, ${remaining}`,
  );
}

/** Without a receiver the report is the alert: it must be out before anything is recorded as alerted. */
async function reportAsAlert(context: RunContext, store: StateStore, findings: Findings): Promise<void> {
  const attempts = findings.due.map((alert) => ({ alert, outcome: 'none' }) as const);
  await printReport(context, findings, attempts);
  if (findings.due.length === 0) return;
  await store.recordAllSent(findings.due);
  Object.assign(context.outcome.alerts, { due: 0, sent: findings.due.length });
}
