import { newCredentials, type TestAccount } from './mariadb-account.ts';
import type { PostgresDatabase } from './postgres.ts';

/** What is enough to read events and names. */
export const POSTGRES_READ_GRANTS = [
  'grant usage on schema plixer to $user',
  'grant select on plixer.alm_bulletin_board_data, plixer.domain_index to $user',
];

/**
 * An account with nothing but what PostgreSQL gives to all of them, which does not include CREATE, and these grants.
 *
 * @param grants statements in which `$user` stands for the account
 */
export async function createPostgresAccount(
  { client, url }: PostgresDatabase,
  grants: readonly string[] = [],
): Promise<TestAccount> {
  const { name, password } = newCredentials();
  await client.query(`create user ${name} password '${password}'`);
  for (const grant of grants) await client.query(grant.replaceAll('$user', name));
  return {
    ...{ name, password },
    url: url.replace('postgres@', `${name}@`),
    env: { LEAKTALLY_DATABASE_PASSWORD: password },
    drop: async () => {
      await client.query(`drop owned by ${name}; drop user ${name}`);
    },
  };
}
