import { setTimeout as sleep } from 'node:timers/promises';
import { ExpectedError } from '../errors.ts';
import { sanitize } from '../util/text.ts';
import { type Check, type CheckResult, type Finding, fail } from './check.ts';
import type { CheckContext } from './context.ts';
import { failure } from './failure.ts';

/** Longest time for a check that reads next to nothing. */
const SMALL_CHECK_SECONDS = 30;
/** Of the remaining time, a check leaves some to those behind it, which may not need the connection. */
const LARGEST_PART = 0.8;

export interface CheckRun {
  /** In the order of the checks. */
  readonly results: readonly CheckResult[];
  /** Errors that no user can mend. */
  readonly unexpected: readonly unknown[];
}

/** Runs the checks, those of different lanes side by side. One that fails or hangs does not hide the others. */
export async function runChecks(checks: readonly Check[], context: CheckContext): Promise<CheckRun> {
  const lanes = new Set(checks.map(({ lane }) => lane));
  const unexpected: unknown[] = [];
  const done = await Promise.all(
    Array.from(lanes, (lane) => {
      const ofLane = checks.filter((check) => check.lane === lane);
      return runLane(ofLane, context, (error) => unexpected.push(error));
    }),
  );
  const byCheck = new Map(done.flat());
  return { results: checks.flatMap((check) => byCheck.get(check) ?? []), unexpected };
}

async function runLane(
  lane: readonly Check[],
  context: CheckContext,
  onUnexpected: (error: unknown) => void,
): Promise<[Check, CheckResult][]> {
  const done = new Map<Check, CheckResult>();
  const explain = (error: unknown): Finding => {
    if (!(error instanceof ExpectedError)) onUnexpected(error);
    return failure(error);
  };
  // Whatever comes later would wait for the same answer.
  let silent: Check | undefined;
  for (const check of lane) {
    const obstacle = silent ?? check.needs?.find((needed) => done.get(needed)?.status === 'fail');
    if (obstacle) {
      const detail = `not looked at, since it needs ${obstacle.name}`;
      done.set(check, toResult(check, fail(detail), true));
      continue;
    }
    const seconds = limitOf(check, context);
    const finding = await within(seconds, check.run(context).catch(explain));
    if (!finding) silent = check;
    done.set(check, toResult(check, finding ?? tooSlow(seconds, check), false));
  }
  return [...done];
}

function limitOf({ limit }: Check, context: CheckContext): number {
  const most = Math.max(0.1, context.remainingSeconds() * LARGEST_PART);
  return limit ? most : Math.min(SMALL_CHECK_SECONDS, most);
}

/** @returns null when the work takes longer */
async function within<T>(seconds: number, work: Promise<T>): Promise<T | null> {
  const timer = new AbortController();
  const timeIsUp = sleep(seconds * 1000, null, { signal: timer.signal });
  try {
    return await Promise.race([work, timeIsUp]);
  } finally {
    timer.abort();
    timeIsUp.catch(() => undefined);
  }
}

function tooSlow(
  seconds: number,
  { slowAdvice = 'is the server busy, or a table locked? Try again, or raise --timeout' }: Check,
): Finding {
  const detail = `no answer within ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return fail(detail, slowAdvice);
}

/** Names and messages come from databases and files: what is shown of them is cleaned here, and nowhere later. */
function toResult({ name, title }: Check, finding: Finding, isSkipped: boolean): CheckResult {
  return {
    ...{ name, title, isSkipped },
    status: finding.status,
    detail: finding.detail.split('\n').map(sanitize).join('\n'),
    advice: finding.advice.map(sanitize),
    statements: finding.statements.map(sanitize),
  };
}
