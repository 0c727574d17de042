import type { AliasableExpression, CompiledQuery, Expression, Kysely, SqlBool } from 'kysely';
import type { DatabaseError } from '../errors.ts';
import type { Inspector } from './inspector.ts';

/** The columns that leaktally uses. The first two tables belong to Scrutinizer and are never written. */
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
    /** Decimal text: totals are exact, and no integer type is large enough in every database. */
    alerted_bytes: string | null;
    alerted_newest: number | null;
    /** Hash of the window, policies and exclusions of the run that alerted. */
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

/** Values in the order of the selected columns. */
export type Row = readonly unknown[];

/** A table or view of a name that was asked for. */
export interface FoundTable {
  readonly schema: string;
  readonly table: string;
  readonly owner: string;
  /** Whether it belongs to this account, to the owner of the database or to a superuser. */
  readonly isTrusted: boolean;
}

/** Where a session would find its tables, in databases in which other accounts may have tables of the same names. */
export interface Catalog {
  /** Schemas in which the account looks for unqualified names, in that order. */
  readonly path: readonly string[];
  readonly tables: readonly FoundTable[];
}

/** One open connection, as the rest of leaktally sees it. */
export interface Database {
  /** For statements with small results. Its errors are the driver's: pass them to `explain`. */
  readonly kysely: Kysely<Schema>;
  readonly sql: SqlParts;
  /** Default schema of unqualified table names; empty where locks are per database anyway. */
  readonly schema: string;
  /** Null where the server alone decides which table a name stands for. */
  readonly catalog: Catalog | null;
  /** Bytes that a statement with its values may have; a server's own limit is known from {@link tryLock} on. */
  readonly maxStatementBytes: number;
  /**
   * Calls back for each row, so that memory does not grow with the result.
   *
   * @param limitSeconds after which the server is to end the statement, if sooner than any statement
   * @throws DatabaseError with the fault `timeout` when it took longer; the connection can be used again if the server
   *   answered
   */
  stream(query: CompiledQuery, onRow: (row: Row) => void, limitSeconds?: number): Promise<void>;
  /** Unix seconds on the database's clock. */
  now(): Promise<number>;
  /**
   * Takes a lock that is released when this connection or the process ends, even if it crashes.
   *
   * @returns false when another session holds it
   */
  tryLock(name: string): Promise<boolean>;
  /** Turns a driver's error into one with advice for the user. */
  explain(error: unknown): DatabaseError;
  /** Loads the questions of `--check`. */
  inspect(): Promise<Inspector>;
  close(): Promise<void>;
}

/** Columns of the result that {@link Database.stream} decodes where the database hands out bytes. */
export type TextColumn = 'fragment' | 'beginning' | 'fqdn';

export type AddressColumn = 'violator_address' | 'destination_address' | 'requester_id' | 'resolved_to_id';

/** SQL that differs between databases. */
export interface SqlParts {
  /** Case-sensitive substring search. */
  contains(column: string, text: string): Expression<SqlBool>;
  /**
   * Up to `length` characters or bytes of the column from the first match of the text on; unspecified without a match.
   * Read it under the name `fragment` or `beginning`.
   */
  fragment(column: string, text: string, length: number): AliasableExpression<string>;
  /** The beginning of a text column, up to `length` characters or bytes; read it under the name `beginning`. */
  beginning(column: string, length: number): AliasableExpression<string>;
  /** A text column whose bytes may be no text in the database's encoding; read it under the column's own name. */
  text(column: TextColumn): AliasableExpression<string>;
  /** A column of addresses; what is no bytes becomes NULL where a column may hold anything. */
  address(column: AddressColumn): AliasableExpression<Uint8Array | null>;
  /** Whether the values of two columns are one of the pairs, in time that hardly depends on how many there are. */
  isOneOf(columns: readonly [string, string], pairs: readonly (readonly [Buffer, Buffer])[]): Expression<SqlBool>;
  /** Suffix of CREATE TABLE statements. */
  readonly tableOptions: string;
  /** GRANT statement for a table; empty where there are no accounts. */
  grant(privileges: readonly string[], table: string): string;
  /** GRANT statement for a schema; empty where none is needed. */
  grantSchema(schema: string): string;
  /** CREATE statement for a schema unless there is one; empty where there are no accounts. */
  createSchema(schema: string): string;
  /** Schema of Scrutinizer's tables unless configured otherwise; null for the connection's own. */
  readonly eventsSchema: string | null;
  /** Schema in which state tables are also looked for; null for the connection's own. */
  readonly stateSchema: string | null;
}

export interface OpenOptions {
  readonly readOnly: boolean;
  /** Creates a missing database file. */
  readonly create: boolean;
  /** Server-side limit, so that no statement keeps running after its client is gone. */
  readonly statementSeconds: number;
  /** Tables to look for in the catalog, without schemas. */
  readonly tables: readonly string[];
}
