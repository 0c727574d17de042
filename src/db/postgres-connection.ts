import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { readCertificates, type ServerTarget, type TlsSettings } from './target.ts';

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
    const offersNoTls = /does not support SSL/.test((error as Error).message);
    if (mode === 'preferred' && offersNoTls) return connect(target);
    throw error;
  }
}

async function connect(target: ServerTarget, ssl?: ConnectionOptions): Promise<pg.Client> {
  const client = new pg.Client({
    host: target.socket ?? target.host,
    port: target.port,
    user: target.user,
    password: target.password,
    database: target.database,
    connectionTimeoutMillis: target.connectTimeoutSeconds * 1000,
    ssl: ssl ?? false,
    application_name: 'leaktally',
  });
  // A connection that is lost between two statements says so here; without a listener the process would end.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function tlsOptions(tls: TlsSettings): ConnectionOptions {
  return {
    rejectUnauthorized: tls.mode.startsWith('verify'),
    ...(tls.mode !== 'verify-host' && { checkServerIdentity: () => undefined }),
    ...readCertificates(tls),
  };
}
