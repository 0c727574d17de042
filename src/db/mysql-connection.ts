import mysql from 'mysql2';
import { databaseCertificates, type ServerTarget, type TlsSettings } from './target.ts';

/**
 * Connects as MySQL's own clients do: with TLS where the server offers it, unless the target says otherwise.
 *
 * @throws the driver's error, or DatabaseError when a certificate file cannot be read
 */
export async function openConnection(target: ServerTarget): Promise<mysql.Connection> {
  const { mode } = target.tls;
  if (mode === 'disabled') return connect(target);
  try {
    return await connect(target, tlsOptions(target.tls));
  } catch (error) {
    const offersNoTls = (error as { code?: string }).code === 'HANDSHAKE_NO_SSL_SUPPORT';
    if (mode === 'preferred' && offersNoTls) return connect(target);
    throw error;
  }
}

function connect(target: ServerTarget, ssl?: mysql.SslOptions): Promise<mysql.Connection> {
  const connection = mysql.createConnection({
    ...(target.socket ? { socketPath: target.socket } : { host: target.host, port: target.port }),
    ...(ssl && { ssl }),
    user: target.user,
    password: target.password,
    database: target.database,
    connectTimeout: target.connectTimeoutSeconds * 1000,
    charset: 'utf8mb4',
    // Without these, an integer above 2^53 comes back as another number.
    supportBigNumbers: true,
    bigNumberStrings: false,
  });
  return new Promise((resolve, reject) => {
    connection.connect((error) => {
      if (!error) return resolve(connection);
      connection.destroy();
      return reject(error);
    });
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
