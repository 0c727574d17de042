import { type Explanation, explain } from '../explain/explain.ts';
import type { RunContext, RunFindings } from './context.ts';
import { planPreview } from './plan-preview.ts';
import { replayContext } from './replay-context.ts';
import { endedNotices, warn } from './warnings.ts';

/** Explains why some groups are alerted or not; sends and records nothing. */
export async function printExplanation(context: RunContext): Promise<RunFindings> {
  const { options, terminal } = context;
  const denied = 'no access to the state, so this assumes that nothing was ever alerted';
  const { plan, isStateKnown, isBehind, warnings } = await planPreview(context, denied);
  await warn(terminal, [...warnings, ...endedNotices(options, plan.looks.now)]);
  const explanation = await explain(
    options,
    options.explain ?? {},
    replayContext(context, plan),
    plan.looks,
    isStateKnown ? plan.memory : null,
    !isBehind,
  );
  await terminal.out(await render(explanation, context));
  return { ...explanation, leaks: explanation.groups.filter(({ crossedAt }) => crossedAt !== null) };
}

async function render(explanation: Explanation, { options, terminal }: RunContext): Promise<string> {
  switch (options.format) {
    case 'table': {
      const { renderExplainTable } = await import('../report/explanation/table.ts');
      return renderExplainTable(explanation, await terminal.chalk(), terminal);
    }
    case 'json':
      return (await import('../report/explanation/json.ts')).renderExplainJson(explanation);
    case 'csv':
      return (await import('../report/explanation/csv.ts')).renderExplainCsv(explanation);
  }
}
