import { readDomainNames } from '../../scrutinizer/domain-names.ts';
import { Exceptions } from '../../tally/exceptions.ts';
import { type Check, ok, warn } from '../check.ts';
import { policyEvents } from './policy.ts';

/** Of the remaining time, host names may take this part. */
const TIME_PART = 0.5;
const SHOWN = 20;

/** Entries that match nothing in the window: misspelt, or no longer needed. */
export const exceptionsUnused: Check = {
  name: 'events.exceptions',
  title: 'Use of exceptions',
  lane: 'events',
  needs: [policyEvents],
  limit: 'rest of the run',
  run: async ({ options, ipDatabases, source, asOf, scan, remainingSeconds }) => {
    const { exceptions: lines, includeSources } = options.exceptions;
    // A damaged IP database is no fault of theirs.
    if (lines.length + includeSources.length === 0) return ok('there are none');
    const now = await asOf();
    const exceptions = new Exceptions(options.exceptions, { first: now, now }, (await ipDatabases()).asOf);
    const pairs = [...(await scan()).series];
    for (const pair of pairs) exceptions.ruleOnPair(pair);
    const { database } = await source();
    const from = now - 2 * options.windowSeconds;
    // They see each name as it is read.
    if (exceptions.hasDomains) await readDomainNames(database, pairs, from, exceptions, remainingSeconds() * TIME_PART);
    const unused = exceptions.unused();
    if (unused.length === 0) return ok('each matches something in the window');
    const more = unused.length > SHOWN ? [`and ${(unused.length - SHOWN).toLocaleString('en-US')} more`] : [];
    return warn(
      ['these match nothing in the window:', ...unused.slice(0, SHOWN), ...more].join('\n'),
      'check the spelling, or remove what is no longer needed',
    );
  },
};
