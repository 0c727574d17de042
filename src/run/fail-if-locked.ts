import { RunError } from '../errors.ts';
import type { StateStore } from '../state/store.ts';
import { lockLimitSeconds } from '../state/time-limits.ts';
import { formatTime } from '../util/units.ts';
import type { RunContext } from './context.ts';

/**
 * Fails when the lock has been held for too long. Another run may hold it for a while, but any account can take a lock
 * by its name, and a run may hang.
 *
 * @throws RunError when the rule has a completed run, and the last one is too long ago
 */
export async function failIfLockedTooLong(
  { options, now }: Pick<RunContext, 'options' | 'now'>,
  store: StateStore,
): Promise<void> {
  const lastRun = await store.readLastRun();
  if (!lastRun) return;
  if ((await now()) - lastRun.evaluatedUntil <= lockLimitSeconds(options.windowSeconds)) return;
  throw new RunError(
    `another run or session holds the lock of rule "${options.rule}", and no run has completed since ${formatTime(lastRun.evaluatedUntil)}; nothing is alerted; end that session`,
  );
}
