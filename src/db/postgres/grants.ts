/** Statements with which an administrator sets up an account of PostgreSQL. */

import type { SqlParts } from '../database.ts';
import { type SetupScript, shellWord } from '../setup-script.ts';
import { formatServer, type ServerTarget } from '../target.ts';

/** Schema of Scrutinizer's tables on its appliances. */
export const SCRUTINIZER_SCHEMA = 'plixer';
/** Schema of the state tables in a database that is not Scrutinizer's. */
export const STATE_SCHEMA = 'leaktally';

export function postgresGrants({
  user,
}: Pick<ServerTarget, 'user'>): Pick<SqlParts, 'grant' | 'grantSchema' | 'createSchema'> {
  return {
    grant: (privileges, table) => `grant ${privileges.join(', ')} on ${quoteTable(table)} to ${quoteName(user)}`,
    grantSchema: (schema) => `grant usage on schema ${quoteName(schema)} to ${quoteName(user)}`,
    createSchema: (schema) => `create schema if not exists ${quoteName(schema)}`,
  };
}

export function postgresSetup(target: ServerTarget): SetupScript {
  const { host, port, socket, user, database } = target;
  return {
    place: `PostgreSQL at ${formatServer(target)}, database ${database}`,
    administrator: 'may create roles and owns the tables, or a superuser',
    open: (createsDatabase) => ({
      lines: [
        '\\set ON_ERROR_STOP on',
        ...(createsDatabase ? createMissingDatabase(database) : []),
        `\\connect ${quoteName(database)}`,
      ],
      command: `psql -h ${shellWord(socket ?? host)} -p ${port} -U ADMIN -d ${createsDatabase ? 'postgres' : shellWord(database)} -f SCRIPT`,
    }),
    createAccount: (passwordVariable) => [
      '-- A new role cannot log in before it has a password. Set that of',
      `-- ${passwordVariable} afterwards, in psql: \\password ${quoteName(user)}`,
      `select format('create role %I login', ${quoteText(user)})`,
      `  where not exists (select from pg_roles where rolname = ${quoteText(user)}) \\gexec`,
    ],
    connect: [`grant connect on database ${quoteName(database)} to ${quoteName(user)};`],
    stateSchema: (isBesideEvents) => (isBesideEvents ? SCRUTINIZER_SCHEMA : STATE_SCHEMA),
    close: (tables) => giveToTrustedOwner(user, tables),
  };
}

/** PostgreSQL has no IF NOT EXISTS for databases. */
function createMissingDatabase(database: string): string[] {
  return [
    `select format('create database %I', ${quoteText(database)})`,
    `  where not exists (select from pg_database where datname = ${quoteText(database)}) \\gexec`,
  ];
}

/** Runs refuse tables of accounts that they do not trust, and so may those be that an administrator creates. */
function giveToTrustedOwner(user: string, tables: readonly string[]): string[] {
  const names = tables.map((table) => `${quoteText(quoteTable(table))}::regclass`);
  return [
    "-- Runs rely on tables of the account, of the database's owner and of superusers only.",
    "select format('alter table %s owner to %I', c.oid::regclass, pg_get_userbyid(d.datdba))",
    '  from pg_class as c join pg_roles as r on r.oid = c.relowner',
    '  join pg_database as d on d.datname = current_database()',
    `  where c.oid in (${names.join(', ')})`,
    `  and not (r.rolsuper or r.oid = d.datdba or r.rolname = ${quoteText(user)}) \\gexec`,
  ];
}

function quoteTable(table: string): string {
  return table.split('.').map(quoteName).join('.');
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
