import { connect as connectSocket, type Socket } from 'node:net';
import mysql from 'mysql2';
import { DatabaseError } from '../../errors.ts';
import { connectOptions } from '../../util/connect-options.ts';
import { databaseCertificates, readPem } from '../certificates.ts';
import { isLoopback } from '../loopback.ts';
import { formatServer, type ServerTarget, type TlsSettings } from '../target.ts';
import { SILENT_SERVER } from './errors.ts';

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
  const serverPublicKey = target.serverPublicKey === null ? undefined : readPem(target.serverPublicKey);
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
  keepTlsError(connection);
  guardPassword(connection, target, serverPublicKey);
  return new Promise<mysql.Connection>((resolve, reject) => {
    const { stream } = greeted(connection);
    connection.connect((error) => {
      if (!error) return resolve(connection);
      const isSilent = error.code === 'ETIMEDOUT' && !stream.connecting && !greeted(connection).serverCapabilityFlags;
      connection.destroy();
      return reject(isSilent ? Object.assign(error, { code: SILENT_SERVER }) : error);
    });
  });
}

/** Opens the socket as the driver does, but gives each address its share of the timeout. */
async function serverAddress({ host, port, connectTimeoutSeconds }: ServerTarget): Promise<mysql.ConnectionOptions> {
  const options = await connectOptions(host, port, connectTimeoutSeconds);
  return { host, port, stream: () => connectSocket({ ...options, noDelay: true, keepAlive: true }) };
}

/** Parts of the driver's connection that its types leave out. */
interface DriverConnection {
  /** Capability flags in the server's greeting; undefined before it. */
  readonly serverCapabilityFlags?: number;
  readonly stream: Socket;
  startTLS(onSecure: (error?: Error) => void): void;
}

function greeted(connection: mysql.Connection): DriverConnection {
  return connection as unknown as DriverConnection;
}

/** MySQL: Connection Phase, Protocol::HandshakeV10. */
const CLIENT_SSL = 0x800;

/**
 * Adds what the driver lacks: it fails when TLS is requested but not supported. It reads `ssl` only after the greeting,
 * so a getter can still decide then, which saves a second connection.
 */
function useTlsIfOffered(connection: mysql.Connection): void {
  const { ssl } = connection.config;
  Object.defineProperty(connection.config, 'ssl', {
    get: () => (((greeted(connection).serverCapabilityFlags ?? 0) & CLIENT_SSL) === 0 ? undefined : ssl),
  });
}

/** The driver replaces the code of whatever went wrong in a handshake; the cause keeps it. */
function keepTlsError(connection: mysql.Connection): void {
  const driver = greeted(connection);
  const startTls = driver.startTLS.bind(connection);
  driver.startTLS = (onSecure) => startTls((error) => onSecure(error && new Error(error.message, { cause: error })));
}

const ASKED_IN_PLAIN =
  "the server asks for the password without TLS, and whoever is in between could read it; use ssl-mode=verify_identity or verify_ca, or name the server's key with server-public-key=<file>";

/**
 * Refuses to encrypt the password with a key that arrives over an unprotected connection: somebody in between could
 * have sent it, and would read the password (MySQL manual: Caching SHA-2 Pluggable Authentication). Decided after the
 * greeting, since plug-ins of our own cost a round trip.
 */
function guardPassword(connection: mysql.Connection, target: ServerTarget, serverPublicKey: string | undefined): void {
  const options = {
    ...(serverPublicKey && { serverPublicKey }),
    onServerPublicKey: () => {
      throw new DatabaseError(`${formatServer(target)}: ${ASKED_IN_PLAIN}`);
    },
  };
  const { caching_sha2_password, sha256_password } = mysql.authPlugins;
  const plugins = {
    caching_sha2_password: caching_sha2_password(options),
    sha256_password: sha256_password(options),
  };
  const isPrivate = () =>
    target.socket !== null || Boolean(connection.config.ssl) || isLoopback(greeted(connection).stream);
  Object.defineProperty(connection.config, 'authPlugins', { get: () => (isPrivate() ? undefined : plugins) });
}

function tlsOptions(tls: TlsSettings): mysql.SslOptions {
  return {
    rejectUnauthorized: tls.mode.startsWith('verify'),
    // By default the driver checks the CA but not the host name.
    verifyIdentity: tls.mode === 'verify-host',
    ...databaseCertificates(tls),
  };
}
