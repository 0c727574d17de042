import mysql from 'mysql2';
import { databaseCertificates, type ServerTarget, type TlsSettings } from '../target.ts';

/**
 * Connects as MySQL's own clients do: with TLS where the server offers it, unless the target says otherwise.
 *
 * @throws the driver's error, or DatabaseError when a certificate file cannot be read
 */
export function openConnection(target: ServerTarget): Promise<mysql.Connection> {
  const { mode } = target.tls;
  return connect(target, mode === 'disabled' ? null : tlsOptions(target.tls), mode === 'preferred');
}

async function connect(target: ServerTarget, ssl: mysql.SslOptions | null, onlyIfOffered: boolean) {
  const connection = mysql.createConnection({
    ...(target.socket ? { socketPath: target.socket } : { host: target.host, port: target.port }),
    ...(ssl && { ssl }),
    user: target.user,
    password: target.password,
    database: target.database,
    connectTimeout: target.connectTimeoutSeconds * 1000,
    charset: 'utf8mb4',
    // None is used, but the driver sets half a megabyte aside for the 16,000 that it would remember.
    maxPreparedStatements: 1,
    // Without these, an integer above 2^53 comes back as another number.
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

/** The server's capability CLIENT_SSL, which comes with its greeting (MySQL: Connection Phase, Protocol::HandshakeV10). */
const CLIENT_SSL = 0x800;

/**
 * The driver has no such option: it gives up where TLS is asked for and not offered. It looks at `ssl` after the greeting
 * only, so that it can be told then, instead of connecting a second time.
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
    // The driver checks the CA but not the host name unless it is told to.
    verifyIdentity: tls.mode === 'verify-host',
    ...databaseCertificates(tls),
  };
}
