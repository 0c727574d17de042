import { lockName } from '../../state/identity.ts';
import { StateStore } from '../../state/store.ts';
import { lockLimitSeconds } from '../../state/time-limits.ts';
import { formatTime } from '../../util/units.ts';
import { type Check, fail, ok } from '../check.ts';
import { splitFailure } from '../failure.ts';
import { stateTablesThere, tablesOf } from './state-tables.ts';

/** Only one run of a rule at a time holds its lock; it is looked at and not taken, so that no run misses it. */
export const ruleLock: Check = {
  name: 'state.lock',
  title: 'Lock of the rule',
  lane: 'state',
  needs: [stateTablesThere],
  run: async ({ options, state, now }) => {
    const access = await state();
    if (!access) return ok('free');
    const { database, inspector } = access;
    const name = lockName(tablesOf(access, options).episodes, database.schema, options.rule);
    const obstacle = await inspector.lockObstacle(name);
    if (obstacle !== null) return splitFailure(obstacle);
    const holder = await inspector.lockHolder(name);
    if (!holder) return ok('free');
    const lastRun = await new StateStore(database, options.stateTable, options).readLastRun();
    const isStuck = lastRun && (await now()) - lastRun.evaluatedUntil > lockLimitSeconds(options.windowSeconds);
    const detail = `held by ${holder.description}`;
    if (!isStuck) return ok(`${detail}: a run is under way`);
    return fail(
      `${detail}, but no run has completed since ${formatTime(lastRun.evaluatedUntil)}`,
      'nothing is alerted until it is free; end what holds it:',
      [holder.ending],
    );
  },
};
