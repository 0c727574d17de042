import { scopeChanges } from '../../state/scope-changes.ts';
import { StateStore } from '../../state/store.ts';
import { type Check, ok, warn } from '../check.ts';
import { stateTablesThere } from './state-tables.ts';

/** Scheduled runs may get their settings from elsewhere than this check. */
export const ruleSettings: Check = {
  name: 'state.settings',
  title: 'Settings of the rule',
  lane: 'state',
  needs: [stateTablesThere],
  run: async ({ options, state }) => {
    const access = await state();
    const lastRun = access && (await new StateStore(access.database, options.stateTable, options).readLastRun());
    if (!lastRun) return ok('not used before');
    const changes = scopeChanges(options, lastRun);
    if (changes.length === 0) return ok('window, threshold and policies are those of the last run');
    return warn(
      `not those of the last run: ${changes.join(', ')}`,
      'do scheduled runs use another env file? Check with theirs: --check --env-file <path>',
    );
  },
};
