import { clampToNow, forgetLaterAlerts, type Memory } from '../state/memory.ts';
import { USUAL_GAP_SECONDS } from '../state/time-limits.ts';
import { Looks } from '../tally/looks.ts';
import { plural } from '../util/text.ts';
import { formatAge, formatTime } from '../util/units.ts';

const LONGEST_CATCH_UP_SECONDS = 30 * 86_400;

/** When a run looks at the window, and what it remembers. */
export interface LookPlan {
  readonly memory: Memory;
  readonly looks: Looks;
  /** Lines to print about the plan. */
  readonly notices: readonly string[];
  /** Seconds that the clock is behind the last completed run; 0 when it is not. Nothing may be written while it is. */
  readonly behindSeconds: number;
}

interface PlanOptions {
  readonly windowSeconds: number;
  readonly catchUp: boolean;
  /** Null is now. */
  readonly asOf: number | null;
}

/**
 * Plans a look at now, preceded by those of the runs that were missed since the last completed one.
 *
 * @param now Unix seconds
 */
export function planLooks(memory: Memory, now: number, { windowSeconds, catchUp, asOf }: PlanOptions): LookPlan {
  const until = memory.lastRun?.evaluatedUntil ?? null;
  const plan = { memory, looks: new Looks(null, now), notices: [], behindSeconds: 0 };
  if (asOf !== null) return { ...plan, memory: forgetLaterAlerts(memory, now) };
  if (until === null) return plan;
  if (until > now + windowSeconds) {
    const notice = `the last completed run was at ${formatTime(until)}, in the future, when the clock was wrong; remembered times in the future count as now`;
    return { ...plan, memory: clampToNow(memory, now), notices: [notice] };
  }
  if (until > now) return { ...plan, behindSeconds: until - now };
  if (!catchUp) return plan;
  const since = Math.max(until, now - LONGEST_CATCH_UP_SECONDS);
  const looks = new Looks(since, now);
  return { ...plan, looks, notices: catchUpNotices(until, since, looks) };
}

function catchUpNotices(until: number, since: number, { now, count }: Looks): string[] {
  if (count === 1 || now - since < USUAL_GAP_SECONDS) return [];
  const skipped = since > until ? `; alerts from before ${formatTime(since)} may be lost` : '';
  return [`no run has completed since ${formatTime(until)}; catching up on ${plural(count, 'look')}${skipped}`];
}

/**
 * Says that the clock is behind the last completed run.
 *
 * @param consequence what that means for this run
 */
export function describeClock(behindSeconds: number, now: number, consequence: string): string {
  return `the clock (${formatTime(now)}) is ${formatAge(behindSeconds)} behind the last completed run; ${consequence}; set the clock of the database server right`;
}
