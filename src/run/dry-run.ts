import { findLeaks } from '../leaks/find-leaks.ts';
import { EMPTY_STATE } from '../state/memory.ts';
import { progressOn } from '../terminal.ts';
import type { Findings, RunContext } from './context.ts';
import { buildReport, printReport } from './print-report.ts';
import { readUnlessDenied } from './read-unless-denied.ts';
import { lookWarnings, warn } from './warnings.ts';

/** Reports what would be alerted; sends and records nothing. */
export async function previewAlerts(context: RunContext): Promise<Findings> {
  const { options, terminal, source, store, asOf, outcome } = context;
  const state = store ? await readUnlessDenied(() => store.readState()) : EMPTY_STATE;
  if (state === null) await warn(terminal, ['no access to the state, so every leak is shown as new']);
  const look = await findLeaks(
    options,
    { source, showProgress: progressOn(terminal), state: state ?? EMPTY_STATE, episodeId: (groupKey) => groupKey },
    asOf,
  );
  await warn(terminal, lookWarnings(options, look));
  const outcomeIfSent = options.syslog ? 'would-send' : 'none';
  const attempts = look.due.map((alert) => ({ alert, outcome: outcomeIfSent }) as const);
  outcome.report = buildReport(options, look, attempts);
  await printReport(context, outcome.report, attempts.length > 0);
  return look;
}
