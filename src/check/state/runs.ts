import type { LastRun, Memory } from '../../state/memory.ts';
import { StateStore } from '../../state/store.ts';
import { lockLimitSeconds, USUAL_GAP_SECONDS } from '../../state/time-limits.ts';
import { plural } from '../../util/text.ts';
import { formatAge, formatTime } from '../../util/units.ts';
import { type Check, type Finding, fail, ok, warn } from '../check.ts';
import { stateTablesThere } from './state-tables.ts';

const SHOWN_ROWS = 3;

/** What is remembered of this rule. */
export const rememberedRuns: Check = {
  name: 'state.runs',
  title: 'Runs so far',
  lane: 'state',
  needs: [stateTablesThere],
  run: async ({ options, state, now }) => {
    const access = await state();
    const none = `no run of rule "${options.rule}" by ${options.groupBy.join(',')} has completed yet`;
    if (!access) return ok(none);
    const memory = await new StateStore(access.database, options.stateTable, options).readMemory();
    const { damaged, lastRun, state: remembered } = memory;
    if (damaged.length > 0) {
      return fail(`${plural(damaged.length, 'row')} cannot be read`, damaged.slice(0, SHOWN_ROWS));
    }
    const due = countDue(memory);
    const counts = `${plural(remembered.open.size, 'open episode')}, ${plural(due, 'alert')} due`;
    if (!lastRun) return due > 0 ? warn(`${none}; ${counts}`, DUE) : ok(none);
    return judgeTimes(lastRun, await now(), options.windowSeconds, counts, due);
  },
};

const DUE = 'the next run sends what is due; if that fails each time, see syslog.test';

function countDue({ state: { open, undelivered } }: Memory): number {
  return [...open.values()].filter(({ pending }) => pending !== null).length + undelivered.length;
}

function judgeTimes(
  { evaluatedUntil }: LastRun,
  now: number,
  windowSeconds: number,
  counts: string,
  due: number,
): Finding {
  const age = now - evaluatedUntil;
  if (age < 0) return judgeFuture(evaluatedUntil, -age, windowSeconds, counts);
  const detail = `the last one completed ${formatAge(age)} ago (${formatTime(evaluatedUntil)}); ${counts}`;
  const advice = [
    ...(age > lockLimitSeconds(windowSeconds)
      ? ['is it scheduled? See crontab -l, systemctl list-timers or the Task Scheduler, and what the last run printed']
      : []),
    ...(due > 0 ? [DUE] : []),
  ];
  return advice.length > 0 ? warn(detail, advice) : ok(detail);
}

/** A run whose clock is behind the last one does nothing, unless that one's was far ahead. */
function judgeFuture(until: number, aheadSeconds: number, windowSeconds: number, counts: string): Finding {
  const detail = `the last one completed at ${formatTime(until)}, ${formatAge(aheadSeconds)} from now; ${counts}`;
  const advice = 'is the time right on the database server?';
  if (aheadSeconds > windowSeconds) return warn(detail, `the next run takes times in the future as now; ${advice}`);
  return (aheadSeconds > USUAL_GAP_SECONDS ? fail : warn)(detail, `until then runs do nothing; ${advice}`);
}
