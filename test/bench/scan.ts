import { createMariadbDatabase, type MariadbDatabase, type MariadbServer } from '../support/servers/mariadb.ts';
import { AS_OF, type DataSet, fillTables, thresholdBytes } from './data.ts';
import { dryRun } from './leaktally.ts';
import { type Run, runCommand } from './measure.ts';
import { mariadbClient, readTotals } from './yardstick.ts';

/** A database with generated events, and the ways to add them up. */
export interface Scan extends DataSet {
  readonly database: MariadbDatabase;
  readonly leaktally: Run;
  /** The same with a threshold that every group is above. */
  readonly everyGroupLeaks: Run;
  /** One statement in the server's own client, once it has been shown to find the same totals. */
  groupBy(statement: string): Promise<Run>;
}

export async function prepareScan(server: MariadbServer, set: DataSet): Promise<Scan> {
  const database = await createMariadbDatabase(server);
  await fillTables(database.connection, set);
  const scan = (threshold: number) => runCommand(dryRun(database, `--as-of=${AS_OF}`, `--threshold=${threshold}`));
  return {
    ...set,
    database,
    leaktally: () => scan(thresholdBytes(set)),
    everyGroupLeaks: () => scan(0),
    groupBy: async (statement) => {
      const command = mariadbClient(server.socket, database.name, statement);
      checkSame((await scan(0)).stdout, (await runCommand(command)).stdout);
      return () => runCommand(command);
    },
  };
}

/** @throws Error unless both found the same sums: the times would not be worth comparing */
function checkSame(ours: string, yardstick: string): void {
  const { events, leaks } = JSON.parse(ours) as {
    events: { unreadable: number };
    leaks: { source: string; destination: string; bytes: number; events: number }[];
  };
  const { totals, unreadable } = readTotals(yardstick);
  for (const { source, destination, bytes, events: counted } of leaks) {
    const [total, other] = [`${bytes} bytes in ${counted}`, totals.get(`${source} ${destination}`)];
    if (total !== other) throw new Error(`${source} to ${destination}: ${total} events, the statement has ${other}`);
  }
  if (leaks.length !== totals.size || events.unreadable !== unreadable) {
    throw new Error(
      `${leaks.length} pairs and ${events.unreadable} unreadable events, the statement has ${totals.size} and ${unreadable}`,
    );
  }
}
