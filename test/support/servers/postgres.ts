import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { emptyFolder } from '../folders.ts';
import type { TestDatabase } from './database.ts';
import { freePort, kill, startServer, waitUntilReady } from './process.ts';

/** A private PostgreSQL server for the tests. */
export interface PostgresServer {
  readonly port: number;
  /** Folder of the local socket. */
  readonly socket: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export const POSTGRES_PASSWORD = 'post#gres/pass?';

/** Debian keeps the server's programs out of the PATH, in one folder per version. */
function programs(): string {
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(a) - Number(b));
  return `/usr/lib/postgresql/${versions.at(-1)}/bin`;
}

/** The server refuses to run as root; Debian's package creates an account for it. */
export function postgresAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export async function startPostgres(extra: readonly string[] = []): Promise<PostgresServer> {
  const folder = emptyFolder('postgres');
  const [data, port, owner, bin] = [join(folder, 'data'), await freePort(), postgresAccount(), programs()];
  if (owner) chownSync(folder, owner.uid, owner.gid);
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'],
    {
      ...owner,
      stdio: 'pipe',
      cwd: folder,
    },
  );
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    ...extra,
  ];
  const server = startServer(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...owner,
    cwd: folder,
  });
  const query = async (text: string) => {
    const client = new pg.Client({ host: folder, port, user: 'postgres', database: 'postgres' });
    await client.connect();
    await client.query(text);
    await client.end();
  };
  const isAnswered = () =>
    query('select 1').then(
      () => true,
      () => false,
    );
  await waitUntilReady('PostgreSQL', server, isAnswered);
  // From here on, the server asks for a password.
  await query(`alter user postgres password '${POSTGRES_PASSWORD}'`);
  const rules = ['local all all', 'host all all all', 'host replication all all'].map(
    (rule) => `${rule} scram-sha-256\n`,
  );
  writeFileSync(join(data, 'pg_hba.conf'), rules.join(''));
  server.process.kill('SIGHUP');
  await waitUntilReady('PostgreSQL with a password', server, async () => !(await isAnswered()));
  return {
    port,
    socket: folder,
    pid: server.process.pid as number,
    stop: async () => {
      await kill(server.process);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A standby of a server of the tests, with all that the server has by now. */
export async function startStandby({ port }: { port: number }): Promise<PostgresServer> {
  const folder = emptyFolder('standby');
  const [data, ownPort, owner, bin] = [join(folder, 'data'), await freePort(), postgresAccount(), programs()];
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const account = ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres'];
  execFileSync(join(bin, 'pg_basebackup'), ['-D', data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync', ...account], {
    ...owner,
    cwd: folder,
    stdio: 'pipe',
    env: { ...process.env, PGPASSWORD: POSTGRES_PASSWORD },
  });
  const settings = [`port=${ownPort}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'];
  const server = startServer(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...owner,
    cwd: folder,
  });
  await waitUntilReady('the standby', server, () => {
    const client = new pg.Client({ host: '127.0.0.1', port: ownPort, user: 'postgres', password: POSTGRES_PASSWORD });
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  return {
    port: ownPort,
    socket: folder,
    pid: server.process.pid as number,
    stop: async () => {
      await kill(server.process);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const SCRUTINIZER_SCHEMA = `
create schema plixer;
create table plixer.alm_bulletin_board_data (id serial primary key, epoch integer not null, violator_address bytea, destination_address bytea, message text);
create index on plixer.alm_bulletin_board_data (epoch);
create table plixer.domain_index (requester_id bytea, resolved_to_id bytea, fqdn varchar(255), last_seen integer);
create index on plixer.domain_index (requester_id, resolved_to_id);
`;

export interface PostgresDatabase extends TestDatabase {
  readonly name: string;
  readonly env: { readonly LEAKTALLY_DATABASE_PASSWORD: string };
  readonly client: pg.Client;
}

/**
 * A database of its own with Scrutinizer's two tables, as far as leaktally relies on them, in the schema plixer, which is
 * not in the search path.
 */
export async function createPostgresDatabase({ port }: { port: number }, encoding = 'UTF8'): Promise<PostgresDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const account = { host: '127.0.0.1', port, user: 'postgres', password: POSTGRES_PASSWORD };
  const admin = new pg.Client({ ...account, database: 'postgres' });
  await admin.connect();
  const other = `encoding '${encoding}' locale 'C' template template0`;
  await admin.query(`create database ${name} ${encoding === 'UTF8' ? '' : other}`);
  await admin.end();
  const client = new pg.Client({ ...account, database: name });
  await client.connect();
  await client.query(SCRUTINIZER_SCHEMA);
  const query: TestDatabase['query'] = async <Row>(statement: string, values: readonly unknown[] = []) => {
    let count = 0;
    const text = values.length > 0 ? statement.replace(/\?/g, () => `$${++count}`) : statement;
    return (await client.query(text, [...values])).rows as Row[];
  };
  return {
    ...{ name, client, query, schema: 'plixer.' },
    url: `postgres://postgres@127.0.0.1:${port}/${name}`,
    env: { LEAKTALLY_DATABASE_PASSWORD: POSTGRES_PASSWORD },
    now: async () => {
      const [row] = await query<{ now: string }>('select floor(extract(epoch from clock_timestamp())) as now');
      return Number(row?.now);
    },
    // Dropping a database can take a minute (it waits for background processes), and the server is removed anyway.
    drop: () => client.end(),
  };
}
