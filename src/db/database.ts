import type { AliasableExpression, CompiledQuery, Expression, Kysely, SqlBool } from 'kysely';
import type { DatabaseError } from '../errors.ts';

/** The columns leaktally relies on. The first two tables are Scrutinizer's and are only ever read. */
export interface Schema {
  alm_bulletin_board_data: {
    epoch: number;
    violator_address: Uint8Array | null;
    destination_address: Uint8Array | null;
    message: string;
  };
  domain_index: {
    requester_id: Uint8Array;
    resolved_to_id: Uint8Array;
    fqdn: string;
    last_seen: number;
  };
  leaktally_state: {
    id: string;
    rule_name: string;
    group_by: string;
    group_key: string;
    opened_at: number;
    closed_at: number | null;
    alerted_at: number | null;
    /** Decimal text: totals are exact, and no column type holds every integer in every database. */
    alerted_bytes: string | null;
    alerted_newest: number | null;
    /** Stands for the window and the policies of the run that alerted. */
    alerted_scope: string | null;
    pending_alert: string | null;
  };
  leaktally_state_runs: {
    id: string;
    rule_name: string;
    group_by: string;
    evaluated_until: number;
    window_seconds: number;
    threshold_bytes: number;
    policies: string;
  };
}

/** Values in the order in which a query selects them. */
export type Row = readonly unknown[];

/** One open connection; the only thing that stages know of a database. Its failures are DatabaseErrors. */
export interface Database {
  /** For statements with small results. */
  readonly kysely: Kysely<Schema>;
  readonly sql: SqlParts;
  /** Where tables without a schema in their name are found; empty where there is only one place. */
  readonly schema: string;
  /** Hands over one row at a time, so that memory does not grow with the result. */
  stream(query: CompiledQuery, onRow: (row: Row) => void): Promise<void>;
  /** Unix seconds by the database's clock. */
  now(): Promise<number>;
  /**
   * Takes a lock that is released when this connection or the process ends, however it ends.
   * @returns false when somebody else holds it
   */
  tryLock(name: string): Promise<boolean>;
  /** Makes a driver's error one that says what to do. */
  explain(error: unknown): DatabaseError;
  close(): Promise<void>;
}

/** The parts of SQL in which databases differ. */
export interface SqlParts {
  /** Is the text in the column, compared character by character (case counts)? */
  contains(column: string, text: string): Expression<SqlBool>;
  /** What the column holds from the first place of the text on, at most `length` characters; without it, anything. */
  from(column: string, text: string, length: number): AliasableExpression<string>;
  /** The right side of `(a, b) in ...`. */
  tuples(rows: readonly (readonly [Buffer, Buffer])[]): Expression<unknown>;
  /** What a CREATE TABLE statement ends with. */
  readonly tableOptions: string;
  /** The statement by which an administrator lets leaktally use a table; empty where there are no accounts. */
  grant(privileges: readonly string[], table: string): string;
  /** The statement by which an administrator lets leaktally look into a schema; empty where that needs none. */
  grantSchema(schema: string): string;
  /** Where Scrutinizer's tables are when no schema is named. */
  readonly eventsSchema: string | null;
}

export interface OpenOptions {
  /** The session cannot write. */
  readonly readOnly: boolean;
  /** A database that is a file is made where it is not there. */
  readonly create: boolean;
  /** No statement goes on in a server for longer than this, even when its client is gone. */
  readonly statementSeconds: number;
}
