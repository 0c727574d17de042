import type { Target } from '../command/leaktally.ts';

/** A new database with Scrutinizer's two tables, as far as leaktally relies on them. */
export interface TestDatabase extends Target {
  /** Prefix for the names of Scrutinizer's tables in statements of a test: empty, or a schema and a dot. */
  readonly schema: string;
  /** Runs a statement with a `?` for each value, and returns its rows. */
  query<Row = Record<string, unknown>>(statement: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Unix seconds by the server's clock. */
  now(): Promise<number>;
  drop(): Promise<void>;
}

/** The URL with these parts changed. */
export function changeUrl(
  url: string,
  change: { port?: number; host?: string; name?: string; password?: string },
): string {
  const changed = new URL(url);
  if (change.port) changed.port = `${change.port}`;
  if (change.host) changed.hostname = change.host;
  if (change.name) changed.pathname = `/${change.name}`;
  if (change.password) changed.password = change.password;
  return changed.href;
}
