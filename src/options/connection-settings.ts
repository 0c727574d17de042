import type { DatabaseTarget } from '../db/target.ts';
import { carriesPassword, parseDatabaseUrl } from '../db/url.ts';
import { Fault, matching, type Setting } from './setting.ts';

const group = 'Where events and state are';

// MySQL allows 64 characters, and one of the state tables has 5 more than the given name.
const TABLE_NAME = /^([A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,57}$/;
const SCHEMA_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Options for the databases that events are read from and state is kept in. */
export const CONNECTION_SETTINGS = {
  database: {
    flag: '--database <url>',
    env: 'LEAKTALLY_DATABASE_URL',
    help: 'mysql://user@host:3306/plixer, mariadb://..., postgres://user@host:5432/plixer or sqlite:<file>',
    group,
    parse: databaseUrl('LEAKTALLY_DATABASE_PASSWORD'),
  },
  databasePassword: {
    env: 'LEAKTALLY_DATABASE_PASSWORD',
    help: 'password, not URL-encoded; overrides the one in the URL',
    group,
  },
  eventsSchema: {
    flag: '--events-schema <name>',
    env: 'LEAKTALLY_EVENTS_SCHEMA',
    help: 'schema of the events (default: where the account finds them; PostgreSQL: also plixer)',
    group,
    parse: matching(SCHEMA_NAME),
    expected: 'a schema name: letters, digits and _',
  },
  state: {
    flag: '--state <url>',
    env: 'LEAKTALLY_STATE_URL',
    help: 'where alert state is kept (default: the same database)',
    group,
    parse: databaseUrl('LEAKTALLY_STATE_PASSWORD'),
  },
  statePassword: {
    env: 'LEAKTALLY_STATE_PASSWORD',
    help: 'password of the state database, not URL-encoded; overrides the one in the URL',
    group,
  },
  stateTable: {
    flag: '--state-table <name>',
    env: 'LEAKTALLY_STATE_TABLE',
    fallback: 'leaktally_state',
    help: 'state table, optionally schema.table',
    group,
    parse: matching(TABLE_NAME),
    expected: 'a table name: letters, digits and _, optionally schema.table',
  },
  envFile: {
    flag: '--env-file <path>',
    help: 'read LEAKTALLY_... variables from this file (default: .env if present)',
    group,
  },
} as const satisfies Record<string, Setting>;

/** @param passwordVariable where a password from the command line belongs */
function databaseUrl(passwordVariable: string) {
  return (text: string, isFromFlag: boolean): DatabaseTarget | Fault => {
    if (isFromFlag && carriesPassword(text)) {
      return new Fault(`: a password on the command line can be read by other users; put it into ${passwordVariable}`);
    }
    const target = parseDatabaseUrl(text);
    return typeof target === 'string' ? new Fault(` ${target}`) : target;
  };
}
