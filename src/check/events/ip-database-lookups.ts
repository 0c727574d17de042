import { type Check, ok } from '../check.ts';
import { share } from '../words.ts';
import { policyEvents } from './policy.ts';

/** Looks up every destination, as a run may: some damage shows only then, and stops a run before it alerts anything. */
export const ipDatabaseLookups: Check = {
  name: 'events.ip-databases',
  title: 'Use of IP databases',
  lane: 'events',
  needs: [policyEvents],
  run: async ({ options, ipDatabases, scan }) => {
    if (options.ipDatabases.length === 0) return ok('there are none');
    const { factsOf } = await ipDatabases();
    const destinations = new Set(Array.from((await scan()).series, ({ destination }) => destination));
    const facts = Array.from(destinations, factsOf);
    if (facts.length === 0) return ok('no destination to look up');
    const ofAs = share(facts.filter((one) => one?.as).length, facts.length, 'destinations');
    const ofCountry = facts.filter((one) => one?.country).length.toLocaleString('en-US');
    return ok(`${ofAs} have an AS, ${ofCountry} a country`);
  },
};
