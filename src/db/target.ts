import { DatabaseError } from '../errors.ts';
import { type CertificatePaths, readCertificates } from '../util/pem.ts';

/** A database URL taken apart. Nothing here is ever printed but host, port, user, database, socket and file. */
export interface ServerTarget {
  readonly kind: 'mysql' | 'postgres';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** A local socket instead of host and port: MySQL's file, PostgreSQL's folder. */
  readonly socket: string | null;
  readonly connectTimeoutSeconds: number;
  readonly tls: TlsSettings;
}

export interface FileTarget {
  readonly kind: 'sqlite';
  readonly file: string;
}

export type DatabaseTarget = ServerTarget | FileTarget;

/** An empty database that ends with its connection. */
export const IN_MEMORY: FileTarget = { kind: 'sqlite', file: ':memory:' };

/** Stands in where no database was named: what is printed for it is the same but for the names. */
export const EXAMPLE_TARGET: ServerTarget = {
  kind: 'mysql',
  host: 'localhost',
  port: 3306,
  user: 'leaktally',
  password: '',
  database: 'plixer',
  socket: null,
  connectTimeoutSeconds: 0,
  tls: { mode: 'disabled', ca: null, cert: null, key: null },
};

/** What is required of a connection: TLS at all, a certificate from a trusted CA, and one for the host's name. */
export type TlsMode = 'disabled' | 'preferred' | 'required' | 'verify-ca' | 'verify-host';

export interface TlsSettings extends CertificatePaths {
  readonly mode: TlsMode;
}

/** The server as messages name it. */
export function formatServer({ socket, host, port }: ServerTarget): string {
  return socket ?? `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The certificate files' texts, as both drivers take them.
 *
 * @throws DatabaseError when one cannot be read
 */
export function databaseCertificates(tls: TlsSettings) {
  return readCertificates(tls, (message, cause) => {
    return new DatabaseError(`${message} in the database URL`, 'other', { cause });
  });
}
