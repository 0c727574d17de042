import { StaleDataError } from '../errors.ts';
import type { Options } from '../options/options.ts';
import type { Terminal } from '../terminal.ts';
import { withConnections } from './connections.ts';
import type { Found, RunContext, RunKind } from './context.ts';
import { RunOutcome } from './run-outcome.ts';
import { staleness } from './staleness.ts';
import { warn } from './warnings.ts';
import { writePage } from './write-page.ts';

export interface RunResult {
  /** Groups that are above the threshold now. */
  readonly leaks: number;
}

/**
 * One run, from the options to the report.
 *
 * @param outcome is filled in as the run goes on
 * @throws ExpectedError when it could not be completed, or when it was but alerts remain due or the data is stale
 */
export async function run(options: Options, terminal: Terminal, outcome = new RunOutcome()): Promise<RunResult> {
  if (options.printSchema) {
    const { printSchema } = await import('./print-schema.ts');
    await printSchema(options, terminal);
    return { leaks: 0 };
  }
  const runKind = await kindOf(options);
  const found = await withConnections(options, async (connections) => {
    const context = { ...connections, options, terminal, outcome };
    return withPage(context, async () => {
      const found = await runKind(context);
      if (found) await failIfStale(context, found);
      return found;
    });
  });
  outcome.status = found ? 'completed' : 'skipped';
  return { leaks: found?.leaks.length ?? 0 };
}

/** Loads what this kind of run needs and nothing else. */
async function kindOf({ whatIf, explain, dryRun }: Options): Promise<RunKind> {
  if (whatIf) return (await import('./what-if.ts')).compareThresholds;
  if (explain) return (await import('./explain.ts')).explainGroups;
  return dryRun ? (await import('./dry-run.ts')).previewAlerts : (await import('./alerting.ts')).alertLeaks;
}

async function failIfStale({ source, options }: RunContext, found: Found): Promise<void> {
  if (options.failIfStaleSeconds === null) return;
  const age = await staleness(source, found, options.failIfStaleSeconds);
  if (age !== null) throw new StaleDataError(age);
}

/** The page is written last, when all alerts are recorded, but also when some could not be sent. */
async function withPage<T>({ options, terminal, outcome }: RunContext, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // Why the run failed must not be hidden by this.
    await writePage(options, outcome.report).catch(({ message }: Error) => warn(terminal, [message]));
    throw error;
  }
  await writePage(options, outcome.report);
  return result;
}
