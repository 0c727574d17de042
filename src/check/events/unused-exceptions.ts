import { countEntries } from '../../options/exceptions.ts';
import { Exceptions } from '../../tally/exceptions.ts';
import { type Check, ok, warn } from '../check.ts';
import { readNames } from '../names/read-names.ts';
import { policyEvents } from './policy.ts';

const SHOWN = 20;

/** Entries that match nothing in the window: misspelt, or no longer needed. */
export const exceptionsUnused: Check = {
  name: 'events.exceptions',
  title: 'Use of exceptions',
  lane: 'events',
  needs: [policyEvents],
  limit: 'rest of the run',
  run: async (context) => {
    const { options, ipDatabases, asOf, scan } = context;
    // A damaged IP database is no fault of theirs.
    if (countEntries(options.exceptions) === 0) return ok('there are none');
    const now = await asOf();
    const exceptions = new Exceptions(options.exceptions, { first: now, now }, (await ipDatabases()).asOf);
    const pairs = [...(await scan()).series];
    for (const pair of pairs) exceptions.ruleOnPair(pair);
    // They see each name as it is read.
    if (exceptions.hasDomains) await readNames(context, pairs, exceptions);
    const unused = exceptions.unused();
    if (unused.length === 0) return ok('each matches something in the window');
    const more = unused.length > SHOWN ? [`and ${(unused.length - SHOWN).toLocaleString('en-US')} more`] : [];
    return warn(
      ['these match nothing in the window:', ...unused.slice(0, SHOWN), ...more].join('\n'),
      'check the spelling, or remove what is no longer needed',
    );
  },
};
