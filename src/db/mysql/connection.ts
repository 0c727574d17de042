import { connect as connectSocket } from 'node:net';
import mysql from 'mysql2';
import { connectOptions } from '../../util/connect-options.ts';
import { databaseCertificates } from '../certificates.ts';
import type { ServerTarget, TlsSettings } from '../target.ts';

/**
 * Connects like MySQL's own clients: with TLS if the server supports it, unless the target says otherwise.
 *
 * @throws the driver's error, or DatabaseError when a certificate file cannot be read
 */
export function openConnection(target: ServerTarget): Promise<mysql.Connection> {
  const { mode } = target.tls;
  return connect(target, mode === 'disabled' ? null : tlsOptions(target.tls), mode === 'preferred');
}

async function connect(target: ServerTarget, ssl: mysql.SslOptions | null, onlyIfOffered: boolean) {
  const connection = mysql.createConnection({
    ...(target.socket ? { socketPath: target.socket } : await serverAddress(target)),
    ...(ssl && { ssl }),
    user: target.user,
    password: target.password,
    database: target.database,
    connectTimeout: target.connectTimeoutSeconds * 1000,
    charset: 'utf8mb4',
    // Prepared statements are not used, but by default the driver allocates half a megabyte to cache 16,000 of them.
    maxPreparedStatements: 1,
    // Integers above 2^53 would otherwise be rounded.
    supportBigNumbers: true,
    bigNumberStrings: false,
  });
  if (onlyIfOffered) useTlsIfOffered(connection);
  return new Promise<mysql.Connection>((resolve, reject) => {
    connection.connect((error) => {
      if (!error) return resolve(connection);
      connection.destroy();
      return reject(error);
    });
  });
}

/** Opens the socket as the driver does, but gives each address its share of the timeout. */
async function serverAddress({ host, port, connectTimeoutSeconds }: ServerTarget): Promise<mysql.ConnectionOptions> {
  const options = await connectOptions(host, port, connectTimeoutSeconds);
  return { host, port, stream: () => connectSocket({ ...options, noDelay: true, keepAlive: true }) };
}

/** Capability flag in the server's greeting (MySQL: Connection Phase, Protocol::HandshakeV10). */
const CLIENT_SSL = 0x800;

/**
 * Adds what the driver lacks: it fails when TLS is requested but not supported. It reads `ssl` only after the greeting,
 * so a getter can still decide then, which saves a second connection.
 */
function useTlsIfOffered(connection: mysql.Connection): void {
  const { ssl } = connection.config;
  const greeted = connection as unknown as { readonly serverCapabilityFlags: number };
  Object.defineProperty(connection.config, 'ssl', {
    get: () => ((greeted.serverCapabilityFlags & CLIENT_SSL) === 0 ? undefined : ssl),
  });
}

function tlsOptions(tls: TlsSettings): mysql.SslOptions {
  return {
    rejectUnauthorized: tls.mode.startsWith('verify'),
    // By default the driver checks the CA but not the host name.
    verifyIdentity: tls.mode === 'verify-host',
    ...databaseCertificates(tls),
  };
}
