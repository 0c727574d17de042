import { test as base, expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB, type TestEvent } from '../support/builders/events.ts';
import { cleanReportOf, type JsonReport } from '../support/command/json-report.ts';
import type { Target } from '../support/command/leaktally.ts';
import { created, started } from '../support/fixtures.ts';
import { readProjectFile } from '../support/project.ts';
import type { TestDatabase } from '../support/servers/database.ts';
import { DATABASES } from '../support/servers/databases.ts';
import { createMariadbDatabase, ROOT_PASSWORD, startMariadb } from '../support/servers/mariadb.ts';
import { createPostgresDatabase, POSTGRES_PASSWORD, startPostgres } from '../support/servers/postgres.ts';

/** 120 events of 12 pairs, some above the threshold, one of them unreadable, spread over the window. */
const EVENTS: readonly TestEvent[] = Array.from({ length: 120 }, (_, index) => ({
  epoch: AS_OF - ((index * 7919) % 86_000),
  source: `10.1.1.${index % 4}`,
  destination: `203.0.113.${index % 3}`,
  bytes: index === 50 ? '5,242,880' : (index % 12) * 2 * MB + index,
}));

async function fill(database: TestDatabase): Promise<void> {
  await insertEvents(database, EVENTS);
  await insertName(database, '10.1.1.3', '203.0.113.2', 'up.example.net', AS_OF - 60);
}

const look = (target: Target, ...args: string[]) => cleanReportOf(target, ['--as-of', `${AS_OF}`, ...args]);

/** Two servers, each for a part of the events. */
async function startTwo<T extends { stop(): Promise<void> }>(start: () => Promise<T>) {
  const servers = await Promise.all([start(), start()]);
  return { servers, stop: async () => void (await Promise.all(servers.map((server) => server.stop()))) };
}

const test = base
  .extend('mariadb', created(DATABASES.mariadb))
  .extend('postgres', created(DATABASES.postgres))
  /** Another database, whose events are on other servers. */
  .extend('coordinator', created(DATABASES.postgres))
  .extend(
    'mariadbServers',
    started(() => startTwo(startMariadb)),
  )
  .extend(
    'postgresServers',
    started(() => startTwo(startPostgres)),
  )
  .extend('spider', started(startMariadb, ['--plugin-load-add=ha_spider', '--plugin-maturity=experimental']));

test('PostgreSQL partitions on two servers give the answer of one', async ({
  postgres: single,
  coordinator,
  postgresServers,
}) => {
  await fill(single);
  const columns = 'id serial, epoch integer not null, violator_address bytea, destination_address bytea, message text';
  await coordinator.query('drop table plixer.alm_bulletin_board_data');
  await coordinator.query(`create table plixer.alm_bulletin_board_data (${columns}) partition by hash (epoch)`);
  await coordinator.query('create extension postgres_fdw');
  for (const [index, server] of postgresServers.servers.entries()) {
    const remote = await createPostgresDatabase(server);
    await remote.drop();
    const [name, modulus] = [`server${index}`, `with (modulus 2, remainder ${index})`];
    await coordinator.query(
      `create server ${name} foreign data wrapper postgres_fdw options (host '127.0.0.1', port '${server.port}', dbname '${remote.name}')`,
    );
    await coordinator.query(
      `create user mapping for postgres server ${name} options (user 'postgres', password '${POSTGRES_PASSWORD}')`,
    );
    await coordinator.query(
      `create foreign table plixer.events_${index} partition of plixer.alm_bulletin_board_data for values ${modulus} server ${name} options (schema_name 'plixer', table_name 'alm_bulletin_board_data')`,
    );
  }
  await fill(coordinator);
  const spread = await coordinator.query('select tableoid, count(*) from plixer.alm_bulletin_board_data group by 1');
  expect(spread).toHaveLength(2);
  expect(await look(coordinator)).toEqual(await look(single));
});

test('MariaDB Spider over two servers gives the answer of one', async ({ mariadb: single, spider, mariadbServers }) => {
  await fill(single);
  const coordinator = await createMariadbDatabase(spider);
  const remotes = [];
  for (const [index, server] of mariadbServers.servers.entries()) {
    const remote = await createMariadbDatabase(server);
    remotes.push(`partition p${index} comment = 'server "server${index}", table "alm_bulletin_board_data"'`);
    await coordinator.query(
      `create server server${index} foreign data wrapper mysql options (host '127.0.0.1', port ${server.port}, user 'root', password '${ROOT_PASSWORD}', database '${remote.name}')`,
    );
    await remote.connection.end();
  }
  await coordinator.query('drop table alm_bulletin_board_data');
  await coordinator.query(
    `create table alm_bulletin_board_data (epoch int unsigned not null, violator_address varbinary(16), destination_address varbinary(16), message text, index (epoch)) engine=spider partition by hash (epoch) (${remotes.join(', ')})`,
  );
  await fill(coordinator);
  expect(await look(coordinator)).toEqual(await look(single));
  await coordinator.connection.end();
});

test("the README's rollup gives the totals of the events themselves", async ({ postgres: database }) => {
  const readme = readProjectFile('README.md');
  const rollup = /```sql\n(create schema rollup[\s\S]*?)```/.exec(readme)?.[1];
  await fill(database);
  // As an administrator's connection is, without plixer in the search path.
  await database.query('reset search_path');
  await database.query(rollup ?? '');
  const [events, rolled] = [await look(database), await look(database, '--events-schema', 'rollup')];
  expect(rolled.events.unreadable).toBe(1);
  const totals = (report: JsonReport) =>
    report.leaks.map(({ source, destination, bytes }) => [source, destination, bytes]);
  expect(totals(rolled)).toEqual(totals(events));
  expect(rolled.leaks[0]?.fqdns).toEqual(events.leaks[0]?.fqdns);
});
