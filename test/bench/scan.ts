import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder } from '../support/folders.ts';
import { createMariadbDatabase, type MariadbDatabase, type MariadbServer } from '../support/servers/mariadb.ts';
import { AS_OF, type DataSet, fillTables, thresholdBytes } from './data.ts';
import { dryRun } from './leaktally.ts';
import { type Run, runCommand } from './measure.ts';
import { mariadbClient, readTotals } from './yardstick.ts';

/** A database with generated events, and the ways to add them up. */
export interface Scan extends DataSet {
  readonly database: MariadbDatabase;
  readonly leaktally: Run;
  /** The same with a thousand exceptions. */
  readonly manyExceptions: Run;
  /** The same with a threshold that every group is above. */
  readonly everyGroupLeaks: Run;
  /** One statement in the server's own client, once it has been shown to find the same totals. */
  groupBy(statement: string): Promise<Run>;
}

export async function prepareScan(server: MariadbServer, set: DataSet): Promise<Scan> {
  const database = await createMariadbDatabase(server);
  await fillTables(database.connection, set);
  const scan = (threshold: number, ...args: readonly string[]) =>
    runCommand(dryRun(database, `--as-of=${AS_OF}`, `--threshold=${threshold}`, ...args));
  const exceptions = writeExceptions();
  return {
    ...set,
    database,
    leaktally: () => scan(thresholdBytes(set)),
    manyExceptions: () => scan(thresholdBytes(set), `--exceptions=${exceptions}`),
    everyGroupLeaks: () => scan(0),
    groupBy: async (statement) => {
      const command = mariadbClient(server.socket, database.name, statement);
      checkSame((await scan(0)).stdout, (await runCommand(command)).stdout);
      return () => runCommand(command);
    },
  };
}

/** Writes lines of each kind, a few of which match the generated pairs. @returns the file's path */
function writeExceptions(): string {
  const kinds = [
    (index: number) => `172.${16 + (index >> 8)}.${index & 255}.0/24`,
    (index: number) => `source 10.9.${index & 255}.0/24 above 5GB`,
    (index: number) => `d${index}.example.org until 2026-01-31`,
    (index: number) => `host${index}.example.com above 1TB until 2026-01-31`,
  ];
  const lines = Array.from({ length: 1000 }, (_, index) => kinds[index % kinds.length]?.(index));
  const file = join(emptyFolder(), 'exceptions.txt');
  writeFileSync(file, lines.join('\n'));
  return file;
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
