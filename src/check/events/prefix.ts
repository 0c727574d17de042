import { type Check, ok, warn } from '../check.ts';
import { quoted } from '../words.ts';
import { policyEvents } from './policy.ts';

const SHOWN = 4;

/** A name that is also the beginning of another report's ("... in 5" and "... in 50") adds both up. */
export const policyPrefix: Check = {
  name: 'events.prefix',
  title: 'Name of the policy',
  lane: 'events',
  needs: [policyEvents],
  run: async ({ scan }) => {
    const { ambiguous } = (await scan()).continuations;
    const [first] = ambiguous;
    if (!first) return ok("is not the beginning of another report's name");
    const found = ambiguous.flatMap(({ policy, kinds }) =>
      kinds.slice(0, SHOWN).map(([kind, events]) => `${quoted(policy + kind)} ${events.toLocaleString('en-US')} times`),
    );
    return warn(
      `messages go on in different ways: ${found.join(', ')}`,
      'if these are different reports, their bytes are added up together: rename one, or give --policy with what follows the name',
    );
  },
};
