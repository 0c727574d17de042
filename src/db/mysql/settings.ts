/** Session variables of MySQL and MariaDB that could change a result, forbid a statement or end the session. */

import type { OpenOptions } from '../database.ts';

/** Margin over the statement limit: one session idles while a statement runs in the other. */
const IDLE_MARGIN_SECONDS = 60;
/** Runs of one rule exclude each other, so whoever else holds a lock is a person or another program. */
const LOCK_WAIT_SECONDS = 20;

/**
 * Builds one statement, since each costs a round trip. Without a scope, SET changes the session only.
 *
 * The names come first: `init_connect` and `skip-character-set-client-handshake` replace the character set that the
 * driver asked for.
 */
export function sessionSettings({ readOnly, statementSeconds }: OpenOptions): string {
  const sessionSeconds = statementSeconds + IDLE_MARGIN_SECONDS;
  const isReadOnly = readOnly ? 1 : 0;
  return [
    'set names utf8mb4,',
    // Strict, so that nothing is truncated silently; no NO_BACKSLASH_ESCAPES or ANSI_QUOTES, as the driver escapes
    // values.
    `sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',`,
    `time_zone='+00:00',`,
    // These leave rows out, find others, or show those of another time.
    'sql_select_limit=18446744073709551615,',
    'sql_auto_is_null=0,',
    mariadb(100300, 'system_versioning_asof=default'),
    // These refuse statements, or copy all rows before the first one is sent.
    'sql_safe_updates=0,',
    'sql_big_selects=1,',
    'sql_buffer_result=0,',
    // Exact estimates also for many values: the optimizer would otherwise read most of a table row by row through an index.
    mariadb(100318, 'in_predicate_conversion_threshold=0, eq_range_index_dive_limit=0'),
    mysql(50708, 'eq_range_index_dive_limit=0'),
    // Binary logs by statement refuse writes under READ COMMITTED.
    mariadb(100200, `tx_isolation='REPEATABLE-READ', tx_read_only=${isReadOnly}`),
    mysql(50720, `transaction_isolation='REPEATABLE-READ', transaction_read_only=${isReadOnly}`),
    // RELEASE would disconnect after each commit.
    `completion_type='NO_CHAIN',`,
    mariadb(100200, `max_statement_time=${statementSeconds}`),
    mysql(50708, `max_execution_time=${statementSeconds * 1000}`),
    `innodb_lock_wait_timeout=${LOCK_WAIT_SECONDS},`,
    `lock_wait_timeout=${LOCK_WAIT_SECONDS},`,
    `wait_timeout=${sessionSeconds},`,
    `net_read_timeout=${sessionSeconds},`,
    `net_write_timeout=${sessionSeconds},`,
    mariadb(
      100300,
      'idle_transaction_timeout=0, idle_readonly_transaction_timeout=0, idle_write_transaction_timeout=0',
    ),
    'autocommit=1',
  ].join(' ');
}

/** Settings for MariaDB from this version on; MySQL takes them for a comment (MariaDB: comment syntax). */
function mariadb(version: number, settings: string): string {
  return `/*M!${version} ${settings}, */`;
}

/** Settings for MySQL from this version on; MariaDB skips comments with numbers from 50700 to 50999. */
function mysql(version: number, settings: string): string {
  return `/*!${version} ${settings}, */`;
}
