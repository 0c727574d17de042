import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { MB, type TestEvent } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { readProjectFile } from '../support/project.ts';
import { type AnyDatabase, addEvents, addName, DATABASES } from '../support/servers/databases.ts';
import { createTestDatabase, type MariadbServer, ROOT_PASSWORD, startMariadb } from '../support/servers/mariadb.ts';
import {
  createPostgresDatabase,
  POSTGRES_PASSWORD,
  type PostgresServer,
  startPostgres,
} from '../support/servers/postgres.ts';

const NOW = 1_763_950_000;

/** 120 events of 12 pairs, some above the threshold, one of them unreadable, spread over the window. */
const EVENTS: readonly TestEvent[] = Array.from({ length: 120 }, (_, index) => ({
  epoch: NOW - ((index * 7919) % 86_000),
  source: `10.1.1.${index % 4}`,
  destination: `203.0.113.${index % 3}`,
  bytes: index === 50 ? '5,242,880' : (index % 12) * 2 * MB + index,
}));

async function fill(database: AnyDatabase): Promise<void> {
  await addEvents(database, EVENTS);
  await addName(database, '10.1.1.3', '203.0.113.2', 'up.example.net', NOW - 60);
}

async function look(database: Pick<AnyDatabase, 'url' | 'env'>, ...args: string[]) {
  const { code, stdout, stderr } = await leaktally(
    ['--database', database.url, '--as-of', `${NOW}`, '--format', 'json', ...args],
    {
      env: database.env,
    },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const opened: AnyDatabase[] = [];
async function open(kind: 'mariadb' | 'postgres'): Promise<AnyDatabase> {
  const database = await (DATABASES[kind] as () => Promise<AnyDatabase>)();
  opened.push(database);
  return database;
}

let postgresServers: readonly PostgresServer[];
let mariadbServers: readonly MariadbServer[];
beforeAll(async () => {
  postgresServers = await Promise.all([startPostgres(), startPostgres()]);
  mariadbServers = await Promise.all([startMariadb(), startMariadb()]);
});
afterAll(async () => {
  for (const database of opened) await database.drop();
  for (const server of [...postgresServers, ...mariadbServers]) await server.stop();
});

test('PostgreSQL partitions on two servers give the answer of one', async () => {
  const [single, coordinator] = [await open('postgres'), await open('postgres')];
  await fill(single);
  const columns = 'id serial, epoch integer not null, violator_address bytea, destination_address bytea, message text';
  await coordinator.query('drop table plixer.alm_bulletin_board_data');
  await coordinator.query(`create table plixer.alm_bulletin_board_data (${columns}) partition by hash (epoch)`);
  await coordinator.query('create extension postgres_fdw');
  for (const [index, server] of postgresServers.entries()) {
    const remote = await createPostgresDatabase(server);
    await remote.close();
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

test('MariaDB Spider over two servers gives the answer of one', async () => {
  const single = await open('mariadb');
  await fill(single);
  const expected = await look(single);
  const own = await startMariadb(['--plugin-load-add=ha_spider', '--plugin-maturity=experimental']);
  try {
    const coordinator = await createTestDatabase(own);
    const remotes = [];
    for (const [index, server] of mariadbServers.entries()) {
      const remote = await createTestDatabase(server);
      remotes.push(`partition p${index} comment = 'server "server${index}", table "alm_bulletin_board_data"'`);
      await coordinator.connection.query(
        `create server server${index} foreign data wrapper mysql options (host '127.0.0.1', port ${server.port}, user 'root', password '${ROOT_PASSWORD}', database '${remote.name}')`,
      );
      await remote.connection.end();
    }
    await coordinator.connection.query('drop table alm_bulletin_board_data');
    await coordinator.connection.query(
      `create table alm_bulletin_board_data (epoch int unsigned not null, violator_address varbinary(16), destination_address varbinary(16), message text, index (epoch)) engine=spider partition by hash (epoch) (${remotes.join(', ')})`,
    );
    const query: AnyDatabase['query'] = async (statement, values = []) => {
      await coordinator.connection.query(statement, [...values]);
      return [];
    };
    await fill({ url: coordinator.url, env: coordinator.env, query, drop: coordinator.drop });
    expect(await look(coordinator)).toEqual(expected);
    await coordinator.connection.end();
  } finally {
    await own.stop();
  }
});

test("the README's rollup gives the totals of the events themselves", async () => {
  const readme = readProjectFile('README.md');
  const rollup = /```sql\n(create schema rollup[\s\S]*?)```/.exec(readme)?.[1];
  const database = await open('postgres');
  await fill(database);
  const { name } = await databaseName(database);
  const client = new pg.Client({
    host: '127.0.0.1',
    port: inject('postgres').port,
    user: 'postgres',
    password: POSTGRES_PASSWORD,
    database: name,
  });
  await client.connect();
  await client.query(rollup ?? '');
  await client.end();
  const [events, rolled] = [await look(database), await look(database, '--events-schema', 'rollup')];
  expect(rolled.events.unreadable).toBe(1);
  const totals = (report: { leaks: Record<string, unknown>[] }) =>
    report.leaks.map(({ source, destination, bytes }) => [source, destination, bytes]);
  expect(totals(rolled)).toEqual(totals(events));
  expect(rolled.leaks[0].fqdns).toEqual(events.leaks[0].fqdns);
});

async function databaseName({ query }: AnyDatabase): Promise<{ name: string }> {
  const [row] = await query('select current_database() as name');
  return row as { name: string };
}
