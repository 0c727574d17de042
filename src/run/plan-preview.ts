import { DatabaseError } from '../errors.ts';
import { EMPTY_MEMORY } from '../state/memory.ts';
import type { RunContext } from './context.ts';
import { describeClock, type LookPlan, planLooks } from './plan-looks.ts';
import { warn } from './warnings.ts';

/** The plan of a run that writes nothing. */
interface Preview {
  readonly plan: LookPlan;
  /** Whether the state could be read; without access, the plan assumes that nothing was ever alerted. */
  readonly isStateKnown: boolean;
  /** Whether the clock is behind the last completed run, so that a run would do nothing. */
  readonly isBehind: boolean;
  /** Lines to print about the state and the clock. */
  readonly warnings: readonly string[];
}

/**
 * Reads the state and plans the looks of a run that writes nothing.
 *
 * @param deniedLine is printed when the state may not be read
 */
export async function planPreview(
  { options, terminal, store, now: readNow }: RunContext,
  deniedLine: string,
): Promise<Preview> {
  const memory = store ? await readUnlessDenied(() => store.readMemory()) : EMPTY_MEMORY;
  if (!memory) await warn(terminal, [deniedLine]);
  const now = await readNow();
  const plan = planLooks(memory ?? EMPTY_MEMORY, now, options);
  const isBehind = plan.behindSeconds > 0;
  const clock = isBehind ? [describeClock(plan.behindSeconds, now, 'a run now would do nothing')] : [];
  return { plan, isStateKnown: memory !== null, isBehind, warnings: [...plan.memory.damaged, ...clock] };
}

/** Returns null without access to the state, so that accounts that may only read events can still preview runs. */
async function readUnlessDenied<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatabaseError && error.fault === 'denied') return null;
    throw error;
  }
}
