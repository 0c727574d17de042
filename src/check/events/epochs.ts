import { formatAge } from '../../util/units.ts';
import { type Check, ok, warn } from '../check.ts';
import { eventsTable } from '../words.ts';
import { eventsColumns } from './columns.ts';

/** A row that is written while the check runs, by a clock a little ahead. */
const TOLERANCE_SECONDS = 60;
/** In seconds, the year 5138. */
const MILLISECONDS_FROM = 100_000_000_000;

/** Events whose time is no Unix time in the past are in no window. */
export const epochs: Check = {
  name: 'events.epochs',
  title: 'Times of events',
  lane: 'events',
  needs: [eventsColumns],
  limit: 'rest of the run',
  run: async (context) => {
    const { database } = await context.source();
    const { kysely, explain } = database;
    const from = (await context.now()) + TOLERANCE_SECONDS;
    const later = kysely.selectFrom('alm_bulletin_board_data').where('epoch', '>', from);
    const found = await later
      .select(({ fn }) => [fn.countAll().as('count'), fn.max('epoch').as('last')])
      .executeTakeFirst()
      .catch((error) => Promise.reject(explain(error)));
    const [count, last] = [Number(found?.count ?? 0), Number(found?.last ?? 0)];
    if (count === 0) return ok('none is in the future');
    const rows = `${count.toLocaleString('en-US')} ${count === 1 ? 'row is' : 'rows are'}`;
    const statement = `select * from ${await eventsTable('alm_bulletin_board_data', context)} where epoch > ${from} limit 5;`;
    if (last >= MILLISECONDS_FROM) {
      return warn(`${rows} in no window: ${last} is no time in seconds but in milliseconds`, 'look at them:', [
        statement,
      ]);
    }
    const advice = "was the clock of the collector wrong, or is this machine's (--check compares it)? Look at them:";
    return warn(`${rows} in the future, by up to ${formatAge(last - from + TOLERANCE_SECONDS)}`, advice, [statement]);
  },
};
