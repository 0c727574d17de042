import { formatAge } from '../../util/units.ts';
import { type Check, ok, warn } from '../check.ts';
import { eventsConnection } from './connection.ts';

/** A minute shifts no window by much; more is a clock that nothing sets. */
const TOLERANCE_SECONDS = 60;

/** The database's clock is the one that runs go by; logs and people go by this machine's. */
export const clock: Check = {
  name: 'database.clock',
  title: 'Clocks',
  lane: 'events',
  needs: [eventsConnection],
  run: async ({ options, source }) => {
    if (options.database === null) return ok('not compared: the sample day is always the same');
    if (options.database.kind === 'sqlite') return ok("SQLite goes by this machine's clock");
    const { database } = await source();
    const difference = (await database.now()) - Math.floor(Date.now() / 1000);
    const size = Math.abs(difference);
    if (size <= TOLERANCE_SECONDS) return ok(`${size} s apart: the database's and this machine's`);
    return warn(
      `the database's clock is ${formatAge(size)} ${difference < 0 ? 'behind' : 'ahead of'} this machine's`,
      "windows end by the database's clock: set both by NTP (chronyc tracking, or timedatectl)",
    );
  },
};
