/** Questions of `--check` to a server about itself. None of them writes, waits for a lock or tries DDL. */

import type { RawBuilder } from 'kysely';
import type { Database } from './database.ts';

export interface Inspector {
  server(): Promise<ServerFacts>;
  /** Columns of the table or view; empty when there is none, or none that the account may see. */
  columns(table: TableName): Promise<readonly ColumnFacts[]>;
  /** Name of an index that begins with the column; null without one, undefined where that cannot be told (views). */
  indexOn(table: TableName, column: string): Promise<string | null | undefined>;
  /** Why nothing at all can be written; null when something can. */
  readOnlyReason(): Promise<string | null>;
  /** Which of the privileges the account lacks for the table, there or not. */
  missingPrivileges(table: TableName, wanted: readonly StatePrivilege[]): Promise<readonly StatePrivilege[]>;
  /** Whether the account may create a table of this name; null where that cannot be told. */
  mayCreate(table: TableName): Promise<boolean | null>;
  /** Why a lock of {@link Database.tryLock} could not be taken even when it is free; null when it could. */
  lockObstacle(name: string): Promise<string | null>;
  /** The session that holds a lock of {@link Database.tryLock}; null when it is free. */
  lockHolder(name: string): Promise<LockHolder | null>;
}

export interface ServerFacts {
  /** Product with its version, as `PostgreSQL 15.3`. */
  readonly product: string;
  /** How the connection is protected, as `TLSv1.3`. */
  readonly protection: string;
}

export interface TableName {
  /** Null for the connection's own. */
  readonly schema: string | null;
  readonly name: string;
}

export interface ColumnFacts {
  readonly name: string;
  /** As the server calls it, in lower case; empty where a column has none. */
  readonly type: string;
}

export type StatePrivilege = 'select' | 'insert' | 'update' | 'delete';

export interface LockHolder {
  /** As far as the server tells. */
  readonly description: string;
  /** Statement or command that ends the holder. */
  readonly ending: string;
}

export const NOT_ENCRYPTED = 'not encrypted';
export const LOCAL_SOCKET = 'local socket';

/** Runs a query and returns its rows; errors come with advice. */
export type Ask = <Row>(query: RawBuilder<Row>) => Promise<readonly Row[]>;

export function asking({ kysely, explain }: Pick<Database, 'kysely' | 'explain'>): Ask {
  return (query) =>
    query.execute(kysely).then(
      ({ rows }) => rows,
      (error) => Promise.reject(explain(error)),
    );
}
