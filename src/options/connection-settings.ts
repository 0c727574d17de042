import type { DatabaseTarget } from '../db/target.ts';
import { carriesPassword, parseDatabaseUrl } from '../db/url.ts';
import { Fault, type Setting } from './setting.ts';

const group = 'Where events and state are';

/** PostgreSQL allows 63 bytes, MySQL 64 characters. */
const MAX_NAME_LENGTH = 63;
/** One of the state tables has `_runs` after the given name. */
const MAX_TABLE_LENGTH = MAX_NAME_LENGTH - '_runs'.length;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Quoted as in SQL: any printable ASCII but quotes, backslashes and the dot that separates names. */
const QUOTED_NAME = /^"([ !#-&(-\-/-[\]-_a-~]+)"$/;

/** Options for the databases that events are read from and state is kept in. */
export const CONNECTION_SETTINGS = {
  database: {
    flag: '--database <url>',
    summary: 'mysql, mariadb, postgres or sqlite URL of events',
    env: 'LEAKTALLY_DATABASE_URL',
    help: 'URL of the events: mysql://user@host:3306/plixer, mariadb://..., postgres://user@host:5432/plixer or sqlite:<file>',
    group,
    parse: databaseUrl('LEAKTALLY_DATABASE_PASSWORD'),
  },
  databasePassword: {
    env: 'LEAKTALLY_DATABASE_PASSWORD',
    help: 'password, not URL-encoded; beats the one in the URL',
    group,
  },
  eventsSchema: {
    flag: '--events-schema <name>',
    summary: 'schema of the events, if it is not found',
    env: 'LEAKTALLY_EVENTS_SCHEMA',
    help: 'schema of the events (default: where the account finds them; PostgreSQL: first plixer)',
    group,
    parse: (text: string) => parseName(text, MAX_NAME_LENGTH),
    expected: 'a schema name: letters, digits and _, or in double quotes',
  },
  state: {
    flag: '--state <url>',
    summary: 'URL of the state, if in another database',
    env: 'LEAKTALLY_STATE_URL',
    help: 'where alert state is kept (default: the same database)',
    group,
    parse: databaseUrl('LEAKTALLY_STATE_PASSWORD'),
  },
  statePassword: {
    env: 'LEAKTALLY_STATE_PASSWORD',
    help: 'password of the state database, not URL-encoded; beats the one in its URL',
    group,
  },
  stateTable: {
    flag: '--state-table <name>',
    summary: 'table for the state',
    env: 'LEAKTALLY_STATE_TABLE',
    fallback: 'leaktally_state',
    help: 'state table, optionally schema.table',
    group,
    parse: parseTableName,
    expected: 'a table name: letters, digits and _, or in double quotes, optionally schema.table',
  },
  envFile: {
    flag: '--env-file <path>',
    summary: 'file with LEAKTALLY_... variables',
    help: 'read LEAKTALLY_... variables from this file (default: .env if present)',
    group,
  },
} as const satisfies Record<string, Setting>;

/** @returns the names without quotes, separated by a dot; null when the text is no such name */
function parseTableName(text: string): string | null {
  const [table = '', ...schemas] = text.split('.').reverse();
  if (schemas.length > 1) return null;
  const names = [...schemas.map((name) => parseName(name, MAX_NAME_LENGTH)), parseName(table, MAX_TABLE_LENGTH)];
  return names.includes(null) ? null : names.join('.');
}

function parseName(text: string, maxLength: number): string | null {
  const name = PLAIN_NAME.test(text) ? text : QUOTED_NAME.exec(text)?.[1];
  return name !== undefined && name.length <= maxLength ? name : null;
}

/** @param passwordVariable where a password from the command line belongs */
function databaseUrl(passwordVariable: string) {
  return (text: string, isFromFlag: boolean): DatabaseTarget | Fault => {
    if (isFromFlag && carriesPassword(text)) {
      return new Fault(
        ` has a password, which other users can read on the command line; put it into ${passwordVariable}`,
      );
    }
    const target = parseDatabaseUrl(text);
    return typeof target === 'string' ? new Fault(` ${target}`) : target;
  };
}
