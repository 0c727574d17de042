/** A database URL taken apart. Nothing here is ever printed but host, port, user, database and file. */
export interface ServerTarget {
  readonly kind: 'mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly socket: string | null;
  readonly connectTimeoutSeconds: number;
  readonly tls: TlsSettings;
}

/** As in MySQL's own clients: what is required of the connection, and the paths of PEM files. */
export interface TlsSettings {
  readonly mode: TlsMode;
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

export const TLS_MODES = ['disabled', 'preferred', 'required', 'verify_ca', 'verify_identity'] as const;
type TlsMode = (typeof TLS_MODES)[number];

export interface FileTarget {
  readonly kind: 'sqlite';
  readonly file: string;
}

export type DatabaseTarget = ServerTarget | FileTarget;
