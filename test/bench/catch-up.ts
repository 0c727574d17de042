import Libsql from 'libsql';
import { runOn } from '../support/command/leaktally.ts';
import { newStateFile } from '../support/folders.ts';
import { createMariadbDatabase, type MariadbDatabase, type MariadbServer } from '../support/servers/mariadb.ts';
import { type DataSet, fillTables, thresholdBytes, WINDOW_SECONDS } from './data.ts';
import { dryRun, leaktally } from './leaktally.ts';
import { type Run, runCommand } from './measure.ts';
import { groupByRegexp, mariadbClient } from './yardstick.ts';

const DAYS_WITHOUT_RUNS = 3;

/** A collector that went on for three days without a run, and the ways to look at these days and the one before. */
export interface MissedDays {
  readonly database: MariadbDatabase;
  /** A dry run, which replays what the next run would. */
  readonly catchUp: Run;
  /** One exact statement over the same four days. */
  readonly groupBy: Run;
}

export async function prepareMissedDays(server: MariadbServer, perDay: DataSet): Promise<MissedDays> {
  const database = await createMariadbDatabase(server);
  const now = await database.now();
  const days = DAYS_WITHOUT_RUNS + 1;
  const seconds = days * WINDOW_SECONDS;
  await fillTables(database.connection, { ...perDay, rows: days * perDay.rows }, { from: now - seconds, seconds });
  const state = newStateFile();
  const threshold = `--threshold=${thresholdBytes(perDay)}`;
  const first = await runOn(database, ['--state', `sqlite:${state}`, '--no-syslog', '--quiet', threshold]);
  if (first.code !== 0) throw new Error(first.stderr);
  const file = new Libsql(state);
  file.exec('delete from leaktally_state');
  file.exec(`update leaktally_state_runs set evaluated_until = ${now - DAYS_WITHOUT_RUNS * WINDOW_SECONDS}`);
  file.close();
  const command = dryRun(database, '--state', `sqlite:${state}`, threshold);
  const statement = groupByRegexp(now - seconds, now);
  return {
    database,
    catchUp: () => runCommand(command, /catching up/),
    groupBy: () => runCommand(mariadbClient(server.socket, database.name, statement)),
  };
}

/** As many new leaks as there are pairs, alerted to nobody but a report in CSV; and then known to the state. */
export async function prepareManyLeaks(
  server: MariadbServer,
  set: DataSet,
): Promise<{ database: MariadbDatabase; fresh: Run; known: Run }> {
  const database = await createMariadbDatabase(server);
  const now = await database.now();
  await fillTables(database.connection, set, { from: now - WINDOW_SECONDS + 3600, seconds: WINDOW_SECONDS - 3600 });
  const args = (state: string) => [
    '--database',
    database.url,
    '--state',
    `sqlite:${state}`,
    '--no-syslog',
    '--format',
    'csv',
    '--threshold',
    '0',
  ];
  const run = (state: string) => runCommand({ ...leaktally(...args(state)), env: database.env });
  const known = newStateFile();
  await run(known);
  return { database, fresh: () => run(newStateFile()), known: () => run(known) };
}
