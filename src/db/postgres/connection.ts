import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { DatabaseError } from '../../errors.ts';
import { connectOptions } from '../../util/connect-options.ts';
import { databaseCertificates } from '../certificates.ts';
import { isLoopback } from '../loopback.ts';
import { formatServer, type ServerTarget, type TlsSettings } from '../target.ts';

/** PostgreSQL manual, appendix A; also sent when pg_hba.conf admits this user only without encryption. */
const REFUSED_BY_PG_HBA = '28000';

/**
 * Connects like libpq: with TLS if the server supports it, unless the target says otherwise.
 *
 * @throws the driver's error, or DatabaseError when a certificate file cannot be read
 */
export async function openConnection(target: ServerTarget): Promise<Session> {
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

async function connect(target: ServerTarget, ssl?: ConnectionOptions): Promise<Session> {
  let isAskedInPlain = false;
  const client = new pg.Client({
    host: target.socket ?? target.host,
    port: target.port,
    ...(!target.socket && { stream: await socketFor(target) }),
    user: target.user,
    // A function, because the driver replaces an empty password with PGPASSWORD.
    password: () => {
      if (isAskedInPlain) throw new DatabaseError(`${formatServer(target)}: ${ASKED_IN_PLAIN}`);
      return target.password;
    },
    database: target.database,
    connectionTimeoutMillis: target.connectTimeoutSeconds * 1000,
    ssl: ssl ?? false,
    application_name: 'leaktally',
  });
  // Emitted when the connection is lost between statements; without a listener the process would crash.
  client.on('error', () => undefined);
  const { connection } = client as unknown as DriverClient;
  const { stream } = connection;
  connection.prependListener('authenticationCleartextPassword', () => {
    isAskedInPlain = target.socket === null && ssl === undefined && !isLoopback(stream);
  });
  let encoding = '';
  connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (parameterName === 'server_encoding') encoding = parameterValue;
  });
  try {
    await client.connect();
  } catch (error) {
    // The driver leaves the socket open, which would keep the process alive until the server closes it, up to a minute.
    destroy(client);
    throw error;
  }
  return { client, encoding, serverProcess: (client as unknown as DriverClient).processID };
}

const ASKED_IN_PLAIN =
  'the server asks for the password in clear text over an unencrypted connection; use sslmode=verify-full or verify-ca';

/** An open connection, and what the server told about it. */
export interface Session {
  readonly client: pg.Client;
  /** The database's encoding, such as UTF8 or SQL_ASCII. */
  readonly encoding: string;
  /** Process id of the server's session. A pooler announces one of its own. */
  readonly serverProcess: number;
}

/** Parts of the driver's client that its types leave out. */
interface DriverClient {
  readonly processID: number;
  readonly connection: EventEmitter<DriverEvents> & { readonly stream: Socket };
}

interface DriverEvents {
  authenticationCleartextPassword: [];
  parameterStatus: [message: { readonly parameterName: string; readonly parameterValue: string }];
}

/** Returns what creates the driver's socket, which gives each of the server's addresses its share of the timeout. */
async function socketFor({ host, port, connectTimeoutSeconds }: ServerTarget): Promise<() => Socket> {
  const options = await connectOptions(host, port, connectTimeoutSeconds);
  return () => {
    const socket = new Socket();
    const connect = socket.connect.bind(socket);
    // The driver passes nothing but port and host.
    socket.connect = () => connect(options);
    return socket;
  };
}

/** The socket, or the TLS socket over it. */
export function socketOf({ client }: Session): Socket {
  return (client as unknown as DriverClient).connection.stream;
}

/** Closes the connection at once, where the driver would wait for the server. */
export function destroy(client: pg.Client): void {
  (client as unknown as DriverClient).connection.stream.destroy();
}

function tlsOptions(tls: TlsSettings): ConnectionOptions {
  return {
    rejectUnauthorized: tls.mode.startsWith('verify'),
    ...(tls.mode !== 'verify-host' && { checkServerIdentity: () => undefined }),
    ...databaseCertificates(tls),
  };
}
