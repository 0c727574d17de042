import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import mysql, { type Connection } from 'mysql2/promise';
import { emptyFolder } from '../folders.ts';
import type { TestDatabase } from './database.ts';
import { freePort, kill, startServer, waitUntilReady } from './process.ts';

/** A private MariaDB server for the tests. */
export interface MariadbServer {
  readonly port: number;
  readonly socket: string;
  /** The process id of mariadbd, to freeze or kill it. */
  readonly pid: number;
  stop(): Promise<void>;
}

export const ROOT_PASSWORD = 'root#pass/word?';

const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];

export async function startMariadb(extra: readonly string[] = []): Promise<MariadbServer> {
  const folder = emptyFolder('mariadb');
  const [data, socket, port] = [join(folder, 'data'), join(folder, 'socket'), await freePort()];
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot],
    { stdio: 'pipe' },
  );
  const server = startServer('/usr/sbin/mariadbd', [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socket}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=0',
    ...asRoot,
    ...extra,
  ]);
  await waitUntilReady('MariaDB', server, () =>
    mysql.createConnection({ socketPath: socket, user: 'root' }).then(
      async (connection) => {
        await connection.query(`alter user root@localhost identified by '${ROOT_PASSWORD}'`);
        await connection.query(`alter user root@'127.0.0.1' identified by '${ROOT_PASSWORD}'`);
        await connection.end();
        return true;
      },
      () => false,
    ),
  );
  return {
    port,
    socket,
    pid: server.process.pid as number,
    stop: async () => {
      await kill(server.process);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface MariadbDatabase extends TestDatabase {
  readonly name: string;
  readonly env: { readonly LEAKTALLY_DATABASE_PASSWORD: string };
  readonly connection: Connection;
}

const SCRUTINIZER_TABLES = [
  `create table alm_bulletin_board_data (id int auto_increment primary key, epoch int unsigned not null, violator_address varbinary(16), destination_address varbinary(16), message text, index (epoch))`,
  `create table domain_index (requester_id varbinary(16), resolved_to_id varbinary(16), fqdn varchar(255), last_seen int unsigned, index (requester_id, resolved_to_id))`,
];

export async function createMariadbDatabase({ port }: { port: number }): Promise<MariadbDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const connection = await mysql.createConnection({
    host: '127.0.0.1',
    port,
    user: 'root',
    password: ROOT_PASSWORD,
    charset: 'utf8mb4',
  });
  await connection.query(`create database ${name} character set utf8mb4`);
  await connection.query(`use ${name}`);
  for (const table of SCRUTINIZER_TABLES) await connection.query(table);
  const query: TestDatabase['query'] = async <Row>(statement: string, values: readonly unknown[] = []) => {
    const [rows] = await connection.query(statement, [...values]);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  };
  return {
    ...{ name, connection, query, schema: '' },
    url: `mysql://root@127.0.0.1:${port}/${name}`,
    env: { LEAKTALLY_DATABASE_PASSWORD: ROOT_PASSWORD },
    now: async () => {
      const [row] = await query<{ now: number }>('select unix_timestamp() as now');
      return Number(row?.now);
    },
    drop: async () => {
      await connection.query(`drop database ${name}`);
      await connection.end();
    },
  };
}
