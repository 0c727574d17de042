import { insertEvents, insertName, MB } from '../support/builders/events.ts';
import { createMariadbDatabase, type MariadbDatabase, type MariadbServer } from '../support/servers/mariadb.ts';
import { dryRun } from './leaktally.ts';
import { type Run, runCommand } from './measure.ts';

const EVENTS = 105;
const HOSTS = 19;

/** What most runs are: the article's 105 events by 19 hosts, of which five leak. */
export async function prepareSmallRun(server: MariadbServer): Promise<{ database: MariadbDatabase; small: Run }> {
  const database = await createMariadbDatabase(server);
  const now = await database.now();
  const events = Array.from({ length: EVENTS }, (_, index) => {
    const host = index % HOSTS;
    return {
      epoch: now - 600 - index * 300,
      source: `10.1.1.${host + 1}`,
      destination: `203.0.113.${host + 1}`,
      bytes: (host < 5 ? 30 : 6) * MB,
    };
  });
  await insertEvents(database, events);
  for (let host = 1; host <= HOSTS; host++) {
    await insertName(database, `10.1.1.${host}`, `203.0.113.${host}`, `host${host}.example.com`, now - 900);
  }
  return { database, small: () => runCommand(dryRun(database)) };
}
