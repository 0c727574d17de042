/** How an administrator sets up the account of a run on one server. Lines are whole lines of a script for its client. */
export interface SetupScript {
  /** The server's kind, address and database. */
  readonly place: string;
  /** Who may run it, to follow "an administrator who". */
  readonly administrator: string;
  /**
   * Opens a script: it ends at its first error, and works in the database, whatever the client is connected to.
   *
   * @param createsDatabase whether it creates the database unless there is one
   */
  open(createsDatabase: boolean): { readonly lines: readonly string[]; readonly command: string };
  /** Creates the account unless there is one. */
  createAccount(passwordVariable: string): readonly string[];
  /** Lets the account connect to the database. */
  readonly connect: readonly string[];
  /**
   * Schema for state tables for which none is named; null for the database itself.
   *
   * @param isBesideEvents whether the events are in the same database
   */
  stateSchema(isBesideEvents: boolean): string | null;
  /** Closes a script that created these tables. */
  close(tables: readonly string[]): readonly string[];
}

/** Quotes a word of a command line for a shell if needed. */
export function shellWord(word: string): string {
  return /^[\w.:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
