import type { CertificatePaths } from '../util/pem.ts';

/** A parsed database URL. The password and the TLS files are never printed. */
export interface ServerTarget {
  readonly kind: 'mysql' | 'postgres';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Used instead of host and port: MySQL's socket file or PostgreSQL's socket directory. */
  readonly socket: string | null;
  readonly connectTimeoutSeconds: number;
  readonly tls: TlsSettings;
  /** Path of the RSA key with which a MySQL server lets passwords be encrypted; null for none. */
  readonly serverPublicKey: string | null;
}

export interface FileTarget {
  readonly kind: 'sqlite';
  readonly file: string;
}

export type DatabaseTarget = ServerTarget | FileTarget;

/** An empty database, gone when its connection closes. */
export const IN_MEMORY: FileTarget = { kind: 'sqlite', file: ':memory:' };

/** Levels of TLS, from none to a certificate of a trusted CA that matches the host. */
export type TlsMode = 'disabled' | 'preferred' | 'required' | 'verify-ca' | 'verify-host';

export interface TlsSettings extends CertificatePaths {
  readonly mode: TlsMode;
}

/** Names a database for people, without the account. */
export function describeTarget(target: DatabaseTarget): string {
  if (target.kind === 'sqlite') return `SQLite file ${target.file}`;
  const product = target.kind === 'mysql' ? 'MySQL/MariaDB' : 'PostgreSQL';
  return `${product} database ${target.database} at ${formatServer(target)}`;
}

/** Formats the server's address for messages. */
export function formatServer({ socket, host, port }: ServerTarget): string {
  return socket ?? `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
