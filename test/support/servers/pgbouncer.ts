import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { emptyFolder } from '../folders.ts';
import { POSTGRES_PASSWORD, postgresAccount } from './postgres.ts';
import { freePort, kill, startServer, waitUntilReady } from './process.ts';

/** A private pgbouncer in front of a PostgreSQL server. */
export async function startPgbouncer(
  postgresPort: number,
  mode: 'transaction' | 'statement' = 'transaction',
): Promise<{ port: number; stop(): Promise<void> }> {
  const folder = emptyFolder('pgbouncer');
  const [port, config, users, owner] = [
    await freePort(),
    join(folder, 'ini'),
    join(folder, 'users'),
    postgresAccount(),
  ];
  writeFileSync(users, `"postgres" "${POSTGRES_PASSWORD}"\n`);
  writeFileSync(
    config,
    `[databases]
* = host=127.0.0.1 port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = ${mode}
`,
  );
  for (const path of owner ? [folder, config, users] : []) chownSync(path, owner?.uid ?? 0, owner?.gid ?? 0);
  const server = startServer('/usr/sbin/pgbouncer', [config], { ...owner, cwd: folder });
  await waitUntilReady('pgbouncer', server, async () => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password: POSTGRES_PASSWORD,
      database: 'postgres',
    });
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  return {
    port,
    stop: async () => {
      await kill(server.process);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
