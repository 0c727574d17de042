import { type Check, ok, warn } from '../check.ts';
import { namesColumns } from '../events/columns.ts';
import type { EventSeries } from '../events/event-series.ts';
import { policyEvents } from '../events/policy.ts';
import { share } from '../words.ts';
import { readNames } from './read-names.ts';

/** The largest pairs, those that alerts will be about: the more there are, the longer it takes. */
const MAX_PAIRS = 200;

/** How many pairs have a host name. */
export const namesCoverage: Check = {
  name: 'names.coverage',
  title: 'Host names',
  lane: 'events',
  needs: [policyEvents, namesColumns],
  limit: 'rest of the run',
  run: async (context) => {
    const { options, scan } = context;
    const pairs = largestPairs((await scan()).series);
    if (pairs.length === 0) return ok('no pair of addresses to look up');
    const names = await readNames(context, pairs);
    const named = pairs.filter((pair) => names.ofPair(pair).length > 0).length;
    const largest = pairs.length === MAX_PAIRS ? 'of the largest pairs' : 'pairs';
    const detail = `${share(named, pairs.length, largest)} have a host name`;
    const decides =
      options.groupBy.includes('domain') ||
      options.exceptions.exceptions.some(({ subject }) => subject.kind === 'domain');
    if (named === 0) {
      return warn(
        detail,
        'alerts will have none, and no domain is known: does an exporter (FlowPro) report DNS to this collector, and is domain_index filled?',
      );
    }
    if (decides && 2 * named < pairs.length) {
      return warn(
        detail,
        'domains decide here, but a destination without a name stands for itself and is never left out by its domain',
      );
    }
    return ok(detail);
  },
};

function largestPairs(series: Iterable<EventSeries>): EventSeries[] {
  return Array.from(series, (pair) => ({ pair, bytes: pair.roughBytes }))
    .filter(({ pair }) => pair.source !== '' && pair.destination !== '')
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_PAIRS)
    .map(({ pair }) => pair);
}
