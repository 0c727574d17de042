import type { CheckResult } from '../check/check.ts';
import { CHECKS } from '../check/checks.ts';
import { runChecks } from '../check/run-checks.ts';
import { RunError } from '../errors.ts';
import type { Options } from '../options/options.ts';
import type { Terminal } from '../terminal.ts';
import { plural } from '../util/text.ts';
import { withCheckContext } from './check-context.ts';

/** Kept back to print what was found before the run is ended. */
const RESERVE = { seconds: 2, part: 0.2 };

/**
 * Looks at the whole set-up and says what is wrong with it. Writes nothing, alerts nothing and takes no lock.
 *
 * @param deadline by `performance.now()`: when the run is ended, whatever it is doing
 * @throws RunError when a check fails
 */
export async function checkSetup(options: Options, terminal: Terminal, deadline: number): Promise<void> {
  const reserve = Math.min(RESERVE.seconds, options.timeoutSeconds * RESERVE.part) * 1000;
  let failed: readonly CheckResult[] = [];
  await withCheckContext(options, terminal, deadline - reserve, async (context) => {
    // Asked for first, so that its connection is not yet busy with anything that takes long.
    context.now().catch(() => undefined);
    const { results, unexpected } = await runChecks(CHECKS, context);
    const isAllOk = results.every(({ status }) => status === 'ok');
    if (!options.quiet || !isAllOk) await terminal.out(await render(results, options, terminal));
    if (unexpected.length > 0) throw unexpected[0];
    failed = results.filter(({ status, isSkipped }) => status === 'fail' && !isSkipped);
  });
  if (failed.length === 0) return;
  throw new RunError(`${plural(failed.length, 'check')} failed: ${failed.map(({ name }) => name).join(', ')}`);
}

async function render(results: readonly CheckResult[], { format }: Options, terminal: Terminal): Promise<string> {
  const report = await import('../report/check.ts');
  switch (format) {
    case 'table':
      return report.renderCheckText(results, await terminal.chalk(), terminal);
    case 'json':
      return report.renderCheckJson(results);
    case 'csv':
      return report.renderCheckCsv(results);
  }
}
