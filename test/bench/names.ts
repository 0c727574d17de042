import { AS_OF, insertEvents, MB } from '../support/builders/events.ts';
import { insertManyNames, LEAKING_PAIRS } from '../support/builders/many-names.ts';
import type { TestDatabase } from '../support/servers/database.ts';
import type { DatabaseKind } from '../support/servers/databases.ts';
import { createMariadbDatabase, type MariadbServer } from '../support/servers/mariadb.ts';
import { createPostgresDatabase, type PostgresServer } from '../support/servers/postgres.ts';
import { createSqliteDatabase } from '../support/servers/sqlite.ts';
import { dryRun } from './leaktally.ts';
import { type Run, runCommand } from './measure.ts';

/** What the tests' tables have and an appliance may lack; empty where they have none. */
const DROP_INDEX: Readonly<Record<DatabaseKind, string>> = {
  mariadb: 'drop index requester_id on domain_index',
  postgres: 'drop index plixer.domain_index_requester_id_resolved_to_id_idx',
  sqlite: '',
};

interface NamesCase {
  readonly kind: DatabaseKind;
  /** With all the names. */
  readonly leaktally: Run;
  /** Before there were any. */
  readonly withoutNames: Run;
  addIndex(): Promise<void>;
  close(): Promise<void>;
}

/** Databases with 900 leaks, each twice: with this many names and with none. */
export async function* prepareNames(
  mariadb: MariadbServer,
  postgres: PostgresServer,
  rows: number,
): AsyncGenerator<NamesCase> {
  const create: Readonly<Record<DatabaseKind, () => Promise<TestDatabase>>> = {
    mariadb: () => createMariadbDatabase(mariadb),
    postgres: () => createPostgresDatabase(postgres),
    sqlite: createSqliteDatabase,
  };
  for (const kind of Object.keys(create) as DatabaseKind[]) {
    const [named, nameless] = [await create[kind](), await create[kind]()];
    const events = LEAKING_PAIRS.map((pair) => ({ epoch: AS_OF, ...pair, bytes: 120 * MB }));
    for (const database of [named, nameless]) await insertEvents(database, events);
    if (DROP_INDEX[kind]) await named.query(DROP_INDEX[kind]);
    await insertManyNames(named, kind, rows, AS_OF);
    const analyze = kind === 'mariadb' ? 'analyze table domain_index' : `analyze ${named.schema}domain_index`;
    await named.query(analyze);
    const run = (database: TestDatabase) => () => runCommand(dryRun(database, `--as-of=${AS_OF}`));
    yield {
      ...{ kind, leaktally: run(named), withoutNames: run(nameless) },
      addIndex: async () => {
        await named.query(`create index names_by_requester on ${named.schema}domain_index (requester_id)`);
        await named.query(analyze);
      },
      close: async () => {
        await named.drop();
        await nameless.drop();
      },
    };
  }
}
