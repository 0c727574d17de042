/** What a check is, and what it finds. */

import type { CheckContext } from './context.ts';

/**
 * `fail`: a run would exit 1, or could never alert. `warn`: numbers or names may be wrong, or runs slow.
 */
export type CheckStatus = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly status: CheckStatus;
  /** May have several lines. */
  readonly detail: string;
  /** What to do, one sentence or more in each; none where nothing has to be done. */
  readonly advice: readonly string[];
  /** Statements or arguments that go with the advice, to be copied as they are. */
  readonly statements: readonly string[];
}

/**
 * Checks that share a connection run one after the other, and beside those of the other lanes. `settings` is for files
 * and settings of this machine.
 */
type Lane = 'settings' | 'events' | 'state' | 'receiver';

export interface Check {
  /** Monitors read it, so it never changes. */
  readonly name: `${string}.${string}`;
  readonly title: string;
  readonly lane: Lane;
  /** Earlier checks of the same lane without which this one cannot find anything. */
  readonly needs?: readonly Check[];
  /** Longest time it may take; without it, that of a small statement. */
  readonly limit?: 'rest of the run';
  /** Advice when there is no answer; without it, that of a statement. */
  readonly slowAdvice?: string;
  /** @throws ExpectedError which fails the check */
  run(context: CheckContext): Promise<Finding>;
}

export interface CheckResult extends Finding {
  readonly name: string;
  readonly title: string;
  /** It was not looked at, since a check that it needs has failed. */
  readonly isSkipped: boolean;
}

export function ok(detail: string): Finding {
  return { status: 'ok', detail, advice: [], statements: [] };
}

export function warn(detail: string, advice: string | readonly string[], statements: readonly string[] = []): Finding {
  return { status: 'warn', detail, advice: [advice].flat(), statements };
}

export function fail(
  detail: string,
  advice: string | readonly string[] = [],
  statements: readonly string[] = [],
): Finding {
  return { status: 'fail', detail, advice: [advice].flat(), statements };
}
