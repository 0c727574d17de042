import { StaleDataError } from '../errors.ts';
import type { Options } from '../options/options.ts';
import { StateStore } from '../state/store.ts';
import type { Terminal } from '../terminal.ts';
import { alertLeaks } from './alerting.ts';
import { type Session, withSession } from './connections.ts';
import { compareThresholds, explainGroups, type Found, preview } from './dry-run.ts';
import { RunFacts } from './facts.ts';
import { warn } from './notices.ts';
import { writePage } from './print-report.ts';
import { staleness } from './staleness.ts';

export interface RunResult {
  /** Groups that are above the threshold now. */
  readonly leaks: number;
}

/**
 * One run, from the options to the report.
 *
 * @param facts are filled in as the run goes on
 * @throws ExpectedError when it could not be completed, or when it was but alerts remain due or the data is stale
 */
export async function run(options: Options, terminal: Terminal, facts = new RunFacts()): Promise<RunResult> {
  if (options.printSchema) {
    const { schemaText } = await import('./print-schema.ts');
    await terminal.out(await schemaText(options));
    return { leaks: 0 };
  }
  const look = async (session: Session) => {
    const store = session.state && new StateStore(session.state, options.stateTable, options);
    const found = await inMode(options, terminal, session, store, facts);
    if (found && options.failIfStaleSeconds !== null) {
      const age = await staleness(session.source, found, options.failIfStaleSeconds);
      if (age !== null) throw new StaleDataError(age);
    }
    return found;
  };
  const found = await withSession(options, (session) => withPage(options, terminal, facts, () => look(session)));
  facts.outcome = found ? 'completed' : 'skipped';
  return { leaks: found?.leaks.length ?? 0 };
}

/** @returns null when another run was under way */
async function inMode(
  options: Options,
  terminal: Terminal,
  session: Session,
  store: StateStore | null,
  facts: RunFacts,
): Promise<Found | null> {
  if (options.whatIf) return compareThresholds(options, options.whatIf, terminal, session);
  if (options.explain) return explainGroups(options, options.explain, terminal, session, store);
  if (options.dryRun || !store) return preview(options, terminal, session, store, facts);
  return alertLeaks(options, terminal, session, store, facts);
}

/** The page is written last, when all alerts are recorded, but also when some could not be sent. */
async function withPage<T>(options: Options, terminal: Terminal, facts: RunFacts, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // Why the run failed is not to be hidden by this.
    await writePage(options, facts.report).catch(({ message }: Error) => warn(terminal, [message]));
    throw error;
  }
  await writePage(options, facts.report);
  return result;
}
