/** Statements with which an administrator sets up an account of MySQL or MariaDB. */

import { randomBytes } from 'node:crypto';
import type { SqlParts } from '../database.ts';
import { type SetupScript, shellWord } from '../setup-script.ts';
import { formatServer, type ServerTarget } from '../target.ts';

export function mysqlGrants(target: ServerTarget): Pick<SqlParts, 'grant' | 'grantSchema' | 'createSchema'> {
  return {
    grant: (privileges, table) => {
      const [name = '', schema = target.database] = table.split('.').reverse();
      return `grant ${privileges.join(', ')} on ${quoteName(schema)}.${quoteName(name)} to ${accountOf(target)}`;
    },
    grantSchema: () => '',
    createSchema: (schema) => `create database if not exists ${quoteName(schema)}`,
  };
}

export function mysqlSetup(target: ServerTarget): SetupScript {
  const { host, port, socket, database } = target;
  const account = accountOf(target);
  const where = socket ? ['-S', socket] : ['-h', host, '-P', `${port}`];
  return {
    place: `MySQL or MariaDB at ${formatServer(target)}, database ${database}`,
    administrator: 'may create accounts and grant privileges on it',
    open: (createsDatabase) => ({
      lines: [
        ...(createsDatabase ? [`create database if not exists ${quoteName(database)};`] : []),
        `use ${quoteName(database)};`,
      ],
      command: `mysql ${where.map(shellWord).join(' ')} -u ADMIN -p < SCRIPT`,
    }),
    createAccount: (passwordVariable) => [
      '-- An account that is there already keeps its password. This one was made for',
      `-- this script: put it into ${passwordVariable}, or set your own:`,
      `--   alter user ${account} identified by '...';`,
      `create user if not exists ${account} identified by '${newPassword()}';`,
    ],
    connect: [],
    stateSchema: () => null,
    close: () => [],
  };
}

/** An account with an empty password would be open to everyone. The end satisfies rules for passwords. */
function newPassword(): string {
  return `${randomBytes(18).toString('base64url')}.aA1`;
}

function accountOf({ user, socket }: ServerTarget): string {
  return `'${user.replaceAll("'", "''")}'@'${socket ? 'localhost' : '%'}'`;
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
