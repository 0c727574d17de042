/** Session settings of PostgreSQL that could change a result, forbid a statement or end the session. */

import type { OpenOptions } from '../database.ts';

/** Margin over the statement limit: one session idles while a statement runs in the other. */
const IDLE_MARGIN_SECONDS = 60;
const LOCK_WAIT_SECONDS = 20;

/** In both sessions nothing but built-in functions and operators is found by a bare name. */
const SEARCH_PATH = 'pg_catalog, pg_temp';

/**
 * Builds a query that changes the settings that the server has (pg_settings differs between versions). Everything in it
 * is qualified, because the account's own path still holds.
 *
 * @param isLocal whether they last for the transaction only, not for the session
 * @param serverProcess id of the process that answered when we connected: behind a pooler another one may run this
 *   query, whose session goes to other programs next and must stay as it is
 */
export function settingsQuery(options: OpenOptions, isLocal: boolean, serverProcess: number): string {
  const values = Object.entries(settings(options)).map(([name, value]) => `('${name}', '${value}')`);
  const isOurs = isLocal ? 'true' : `pg_catalog.pg_backend_pid() operator(pg_catalog.=) ${serverProcess}`;
  return `select pg_catalog.set_config(wanted.name, wanted.value, ${isLocal})
    from (values ${values.join(', ')}) as wanted (name, value), pg_catalog.pg_settings as known
    where known.name operator(pg_catalog.=) wanted.name and ${isOurs}`;
}

function settings({ statementSeconds }: OpenOptions): Readonly<Record<string, string | number>> {
  const sessionMilliseconds = (statementSeconds + IDLE_MARGIN_SECONDS) * 1000;
  return {
    search_path: SEARCH_PATH,
    client_encoding: 'UTF8',
    // Otherwise backslashes in literals would be escapes.
    standard_conforming_strings: 'on',
    bytea_output: 'hex',
    // Fewer digits would round times that are stored as floating point numbers.
    extra_float_digits: 1,
    // Waits for other transactions or fails because of them; a standby refuses it.
    default_transaction_isolation: 'read committed',
    default_transaction_deferrable: 'off',
    // Compiling a long list of values takes longer than the statement, and cannot be cancelled.
    jit: 'off',
    statement_timeout: statementSeconds * 1000,
    lock_timeout: LOCK_WAIT_SECONDS * 1000,
    // One session waits while the other one works, and the reading transaction while alerts are sent. The limits are
    // there for a client that vanished without a word and holds a lock.
    idle_session_timeout: sessionMilliseconds,
    idle_in_transaction_session_timeout: sessionMilliseconds,
    transaction_timeout: sessionMilliseconds,
    tcp_user_timeout: sessionMilliseconds,
    tcp_keepalives_idle: IDLE_MARGIN_SECONDS,
    tcp_keepalives_interval: 10,
    tcp_keepalives_count: 3,
  };
}
