import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { databaseCertificates, type ServerTarget, type TlsSettings } from '../target.ts';

/** PostgreSQL manual, appendix A: also when pg_hba.conf lets this user in without encryption only. */
const REFUSED_BY_PG_HBA = '28000';

/**
 * Connects as libpq does: with TLS where the server offers it, unless the target says otherwise.
 *
 * @throws the driver's error, or DatabaseError when a certificate file cannot be read
 */
export async function openConnection(target: ServerTarget): Promise<pg.Client> {
  const { mode } = target.tls;
  if (mode === 'disabled') return connect(target);
  try {
    return await connect(target, tlsOptions(target.tls));
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (mode === 'preferred' && /does not support SSL/.test(message)) return connect(target);
    if (mode === 'preferred' && code === REFUSED_BY_PG_HBA) return connect(target).catch(() => Promise.reject(error));
    throw error;
  }
}

async function connect(target: ServerTarget, ssl?: ConnectionOptions): Promise<pg.Client> {
  const client = new pg.Client({
    host: target.socket ?? target.host,
    port: target.port,
    user: target.user,
    // As a function: an empty password would be replaced from the environment.
    password: () => target.password,
    database: target.database,
    connectionTimeoutMillis: target.connectTimeoutSeconds * 1000,
    ssl: ssl ?? false,
    application_name: 'leaktally',
  });
  // A connection that is lost between two statements says so here; without a listener the process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    // The driver leaves the socket open, and the server may take a minute to close it.
    (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    throw error;
  }
  return client;
}

function tlsOptions(tls: TlsSettings): ConnectionOptions {
  return {
    rejectUnauthorized: tls.mode.startsWith('verify'),
    ...(tls.mode !== 'verify-host' && { checkServerIdentity: () => undefined }),
    ...databaseCertificates(tls),
  };
}
