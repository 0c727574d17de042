import type { RunContext, RunFindings } from './context.ts';
import { findAndWarn } from './find-and-warn.ts';
import { planPreview } from './plan-preview.ts';
import { printReport } from './print-report.ts';
import { warn } from './warnings.ts';

/** A dry run: shows what would be alerted, sends and writes nothing. */
export async function previewAlerts(context: RunContext): Promise<RunFindings> {
  const { options, terminal } = context;
  const denied = 'the state may not be read, so every leak is shown as new';
  const { plan, isBehind, warnings } = await planPreview(context, denied);
  await warn(terminal, [...warnings, ...plan.notices]);
  const findings = await findAndWarn(context, plan);
  const wouldBe = options.syslog ? 'would-send' : 'none';
  const attempts = isBehind ? [] : findings.due.map((alert) => ({ alert, outcome: wouldBe }) as const);
  await printReport(context, findings, attempts);
  return findings;
}
