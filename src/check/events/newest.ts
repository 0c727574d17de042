import { newestEpoch } from '../../scrutinizer/events-query.ts';
import { USUAL_GAP_SECONDS } from '../../state/time-limits.ts';
import { formatAge, formatDuration, formatTime } from '../../util/units.ts';
import { type Check, fail, ok, warn } from '../check.ts';
import { eventsColumns } from './columns.ts';

/** Older data than this part of the window keeps episodes open, since the collector may have stopped. */
const FRESH_PARTS = 12;

/** The newest event of any kind says whether the collector is alive. */
export const newestEvent: Check = {
  name: 'events.newest',
  title: 'Newest event',
  lane: 'events',
  needs: [eventsColumns],
  limit: 'rest of the run',
  run: async ({ options, source, asOf }) => {
    const { database } = await source();
    const end = await asOf();
    const newest = await newestEpoch(database, end);
    if (newest === null)
      return fail(
        'there is no event up to now',
        'is this the database of the collector that you use, and are events posted to its bulletin board?',
      );
    const age = end - newest;
    const detail = `${formatAge(age)} old (${formatTime(newest)}), of any policy`;
    const { failIfStaleSeconds, windowSeconds } = options;
    const advice = 'is the collector running, and does it write its events into this database?';
    if (failIfStaleSeconds !== null && age > failIfStaleSeconds) {
      return fail(`${detail}; --fail-if-stale is ${formatDuration(failIfStaleSeconds)}`, advice);
    }
    return age > Math.max(USUAL_GAP_SECONDS, windowSeconds / FRESH_PARTS) ? warn(detail, advice) : ok(detail);
  },
};
