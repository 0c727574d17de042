import { insertLeaks } from '../support/builders/events.ts';
import { startDistance } from '../support/servers/distant-server.ts';
import { createMariadbDatabase, type MariadbServer } from '../support/servers/mariadb.ts';
import { createPostgresDatabase, type PostgresServer } from '../support/servers/postgres.ts';
import { leaktally } from './leaktally.ts';
import { type Run, runCommand } from './measure.ts';

const ROUND_TRIP_MILLISECONDS = 20;

/** A run that finds only leaks that it has alerted before, on a line with latency and on none. */
interface KnownLeaks {
  /** Says how many round trips there are, and how long each takes. */
  readonly name: string;
  readonly far: Run;
  readonly near: Run;
  close(): Promise<void>;
}

/** Few and many leaks on each server; what the line adds is the same for both. */
export async function prepareLatency(mariadb: MariadbServer, postgres: PostgresServer): Promise<KnownLeaks[]> {
  const cases: KnownLeaks[] = [];
  for (const leaks of [5, 500]) cases.push(await onMariadb(mariadb, leaks), await onPostgres(postgres, leaks));
  return cases;
}

async function onMariadb({ port }: MariadbServer, leaks: number): Promise<KnownLeaks> {
  const database = await createMariadbDatabase({ port });
  await insertLeaks(database, leaks);
  const { url, env, drop } = database;
  return knownLeaks(`${leaks} known leaks, MariaDB`, { port, url: `${url}?ssl-mode=disabled`, env, drop });
}

async function onPostgres({ port }: PostgresServer, leaks: number): Promise<KnownLeaks> {
  const database = await createPostgresDatabase({ port });
  await insertLeaks(database, leaks);
  const { url, env, drop } = database;
  return knownLeaks(`${leaks} known leaks, PostgreSQL`, { port, url: `${url}?sslmode=disable`, env, drop });
}

interface Place {
  readonly port: number;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

async function knownLeaks(name: string, { port, url, env, drop }: Place): Promise<KnownLeaks> {
  const distance = await startDistance(port, ROUND_TRIP_MILLISECONDS);
  const run = (at: string) => runCommand({ ...leaktally('--database', at, '--no-syslog'), env });
  const near = () => run(url);
  const far = () => run(url.replace(`:${port}/`, `:${distance.port}/`));
  // Alerts them all, so that the runs which are measured find nothing new.
  await near();
  await far();
  const { roundTrips } = distance.count();
  const close = async () => {
    await distance.stop();
    await drop();
  };
  return { name: `${name}, ${roundTrips} round trips of ${ROUND_TRIP_MILLISECONDS} ms`, far, near, close };
}
