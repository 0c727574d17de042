import { EMPTY_MEMORY } from '../state/memory.ts';
import type { RunContext, RunFindings } from './context.ts';
import { findAndWarn } from './find-and-warn.ts';
import { describeClock, planLooks } from './plan-looks.ts';
import { buildReport, printReport } from './print-report.ts';
import { readUnlessDenied } from './read-unless-denied.ts';
import { warn } from './warnings.ts';

/** A dry run: shows what would be alerted, sends and writes nothing. */
export async function previewAlerts(context: RunContext): Promise<RunFindings> {
  const { options, terminal, store, outcome } = context;
  const memory = store ? await readUnlessDenied(() => store.readMemory()) : EMPTY_MEMORY;
  if (memory === null) await warn(terminal, ['the state may not be read, so every leak is shown as new']);
  const now = await context.now();
  const plan = planLooks(memory ?? EMPTY_MEMORY, now, options);
  const isBehind = plan.behindSeconds > 0;
  await warn(terminal, [
    ...plan.memory.damaged,
    ...plan.notices,
    ...(isBehind ? [describeClock(plan.behindSeconds, now, 'a run now would do nothing')] : []),
  ]);
  const findings = await findAndWarn(context, plan);
  const wouldBe = options.syslog ? 'would-send' : 'none';
  const attempts = isBehind ? [] : findings.due.map((alert) => ({ alert, outcome: wouldBe }) as const);
  outcome.report = buildReport(options, findings, attempts);
  await printReport(context, outcome.report, attempts.length > 0);
  return findings;
}
