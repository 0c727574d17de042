import { DatabaseError, RunError, StaleDataError } from '../errors.ts';
import { staleness } from '../leaks/staleness.ts';
import type { Options } from '../options/options.ts';
import { lacksSources } from '../tally/usable-sources.ts';
import type { Terminal } from '../terminal.ts';
import { plural } from '../util/text.ts';
import { withConnections } from './connections.ts';
import type { RunContext, RunFindings, RunKind } from './context.ts';
import { describeIpDatabases } from './ip-databases.ts';
import { RunOutcome } from './run-outcome.ts';
import { describeNoEvents, failsWithoutEvents, warn } from './warnings.ts';
import { writePage } from './write-page.ts';

export interface RunResult {
  /** Number of groups above the threshold. */
  readonly leaks: number;
}

/**
 * Runs the kind of run that the options ask for.
 *
 * @param outcome is filled in during the run
 * @throws ExpectedError when the run fails, alerts remain due, or the data is stale or unusable
 */
export async function run(options: Options, terminal: Terminal, outcome = new RunOutcome()): Promise<RunResult> {
  if (options.printSchema) {
    const { printSchema } = await import('./print-schema.ts');
    await printSchema(options, terminal);
    return { leaks: 0 };
  }
  const deadline = performance.now() + options.timeoutSeconds * 1000;
  if (options.check) {
    const { checkSetup } = await import('./check.ts');
    await checkSetup(options, terminal, deadline);
    return { leaks: 0 };
  }
  const runKind = await loadRunKind(options);
  const findings = await withConnections(options, async (connections) => {
    outcome.ipDatabases = connections.ipDatabases.files;
    const context = { ...connections, options, terminal, outcome, deadline };
    if (options.debug) await warn(terminal, describeIpDatabases(context));
    return thenWritePage(context, async () => {
      const findings = await runKind(context);
      if (findings?.namesFailure)
        throw new RunError(`host names were not looked up, so leaks have none: ${findings.namesFailure}`);
      if (findings) await failIfStale(context, findings);
      if (findings) failWithoutSources(findings);
      return findings;
    });
  }).catch((error) => Promise.reject(withConsequence(error, options, outcome)));
  outcome.status = findings ? 'completed' : 'skipped';
  return { leaks: findings?.leaks.length ?? 0 };
}

/** Loads only the code for this kind of run. */
async function loadRunKind({ whatIf, explain, dryRun }: Options): Promise<RunKind> {
  if (whatIf) return (await import('./what-if.ts')).printWhatIf;
  if (explain) return (await import('./explain.ts')).printExplanation;
  return dryRun ? (await import('./dry-run.ts')).previewAlerts : (await import('./alerting.ts')).alertLeaks;
}

/** Adds to a database's error what it means for alerts; the other errors of a run say so themselves. */
function withConsequence(error: unknown, { dryRun }: Options, outcome: RunOutcome): unknown {
  if (dryRun || !(error instanceof DatabaseError)) return error;
  return new DatabaseError(`${outcome.describeAlerts()}: ${error.message}`, error.fault, { cause: error });
}

async function failIfStale({ source, options }: RunContext, findings: RunFindings): Promise<void> {
  if (options.failIfStaleSeconds === null) return;
  const age = await staleness(source, findings, options.failIfStaleSeconds);
  if (age !== null) throw new StaleDataError(`${age}, so newer leaks are unknown; check that the collector runs`);
  if (findings.tally.matched === 0 && failsWithoutEvents(options)) throw new StaleDataError(describeNoEvents(options));
}

function failWithoutSources({ tally }: RunFindings): void {
  if (!lacksSources(tally)) return;
  throw new RunError(
    `none of ${plural(tally.matched, 'event')} has a source address of 4 or 16 bytes, so all were added up as "unknown"; check the type of violator_address`,
  );
}

/** Writes the page last, after all alerts are recorded, and even if the run fails. */
async function thenWritePage<T>(
  { options, terminal, outcome, source }: RunContext,
  work: () => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // A failure to write the page must not hide why the run failed.
    await writePage(options, outcome.report, error instanceof StaleDataError ? source : null).catch(
      ({ message }: Error) => warn(terminal, [message]),
    );
    throw error;
  }
  await writePage(options, outcome.report, source);
  return result;
}
