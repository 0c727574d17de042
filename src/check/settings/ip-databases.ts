import { describeIpDatabase } from '../../tally/ip-database.ts';
import { type Check, ok, warn } from '../check.ts';

const DAY_SECONDS = 86_400;
/** Ranges change hands every day; the publishers bring out an edition a month or more. */
const OLD_DAYS = 180;

/** Type and age of each file, by this machine's clock. */
export const ipDatabaseFiles: Check = {
  name: 'settings.ip-databases',
  title: 'IP databases',
  lane: 'settings',
  run: async ({ options, ipDatabases }) => {
    const { files } = await ipDatabases();
    if (options.ipDatabases.length === 0) return ok('none is used: leaks are shown without AS and country');
    const given = files.slice(0, options.ipDatabases.length);
    const now = Math.floor(Date.now() / 1000);
    const detail = given.map((file) => describeIpDatabase(file, now)).join('\n');
    const isOld = given.some(({ builtAt }) => builtAt === null || now - builtAt > OLD_DAYS * DAY_SECONDS);
    return isOld ? warn(detail, 'download newer editions: addresses change hands') : ok(detail);
  },
};
