import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder } from '../folders.ts';
import type { Authority, Certificate } from './certificates.ts';
import { type PostgresServer, postgresAccount, startPostgres } from './postgres.ts';

/** A private PostgreSQL server that offers TLS with this certificate. */
export function startPostgresWithTls(
  { cert, key }: Certificate,
  authority: Authority,
  extra: readonly string[] = [],
): Promise<PostgresServer> {
  const folder = emptyFolder('postgres-tls');
  const owner = postgresAccount();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  // The server refuses a key that others own or can read.
  const settings = Object.entries({ ssl_cert_file: cert, ssl_key_file: key, ssl_ca_file: authority.cert }).map(
    ([setting, source]) => {
      const target = join(folder, setting);
      copyFileSync(source, target);
      chmodSync(target, 0o600);
      if (owner) chownSync(target, owner.uid, owner.gid);
      return `${setting}=${target}`;
    },
  );
  return startPostgres(['ssl=on', ...settings, ...extra]);
}
