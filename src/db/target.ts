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
}

export interface FileTarget {
  readonly kind: 'sqlite';
  readonly file: string;
}

export type DatabaseTarget = ServerTarget | FileTarget;
