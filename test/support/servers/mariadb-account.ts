import { randomBytes } from 'node:crypto';
import type { Target } from '../command/leaktally.ts';
import type { MariadbDatabase } from './mariadb.ts';

/** A database account that has only the privileges a test gives it. */
export interface TestAccount extends Target {
  readonly name: string;
  readonly password: string;
  drop(): Promise<void>;
}

/** @param grants statements in which `$user` stands for the account */
export async function createAccount(database: MariadbDatabase, grants: readonly string[] = []): Promise<TestAccount> {
  const { name, password } = newCredentials();
  await database.query(`create user '${name}'@'%' identified by '${password}'`);
  for (const grant of grants) await database.query(grant.replaceAll('$user', `'${name}'@'%'`));
  return {
    ...{ name, password },
    url: database.url.replace('root@', `${name}@`),
    env: { LEAKTALLY_DATABASE_PASSWORD: password },
    drop: async () => {
      await database.query(`drop user '${name}'@'%'`);
    },
  };
}

/** The password has characters that must be encoded in a URL. */
export function newCredentials(): { readonly name: string; readonly password: string } {
  return { name: `user_${randomBytes(4).toString('hex')}`, password: `pass#${randomBytes(8).toString('hex')}/?@` };
}

/** The least that reading events and names takes. */
export const READ_GRANTS = ['alm_bulletin_board_data', 'domain_index'].map(
  (table) => `grant select on ${table} to $user`,
);
