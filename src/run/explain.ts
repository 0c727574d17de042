import { type Explanation, explain } from '../explain/explain.ts';
import { EMPTY_MEMORY } from '../state/memory.ts';
import type { RunContext, RunFindings } from './context.ts';
import { describeClock, planLooks } from './plan-looks.ts';
import { readUnlessDenied } from './read-unless-denied.ts';
import { replayContext } from './replay-context.ts';
import { warn } from './warnings.ts';

/** Explains why some groups are alerted or not; sends and records nothing. */
export async function printExplanation(context: RunContext): Promise<RunFindings> {
  const { options, terminal, store } = context;
  const memory = store ? await readUnlessDenied(() => store.readMemory()) : EMPTY_MEMORY;
  if (!memory) await warn(terminal, ['no access to the state, so this assumes that nothing was ever alerted']);
  const now = await context.now();
  const plan = planLooks(memory ?? EMPTY_MEMORY, now, options);
  const isBehind = plan.behindSeconds > 0;
  await warn(terminal, [
    ...plan.memory.damaged,
    ...(isBehind ? [describeClock(plan.behindSeconds, now, 'a run now would do nothing')] : []),
  ]);
  const { looks } = plan;
  const explanation = await explain(
    options,
    options.explain ?? {},
    replayContext(context, plan),
    looks,
    memory && plan.memory,
    !isBehind,
  );
  await terminal.out(await render(explanation, context));
  return { ...explanation, leaks: explanation.groups.filter(({ crossedAt }) => crossedAt !== null) };
}

async function render(explanation: Explanation, { options, terminal }: RunContext): Promise<string> {
  switch (options.format) {
    case 'table': {
      const { renderExplainTable } = await import('../report/explanation/table.ts');
      return renderExplainTable(explanation, await terminal.chalk(), terminal.columns);
    }
    case 'json':
      return (await import('../report/explanation/json.ts')).renderExplainJson(explanation);
    case 'csv':
      return (await import('../report/explanation/csv.ts')).renderExplainCsv(explanation);
  }
}
