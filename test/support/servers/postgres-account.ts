import { newCredentials, type TestAccount } from './mariadb-account.ts';
import type { PostgresDatabase } from './postgres.ts';

/** The least that reading events and names takes. */
export const POSTGRES_READ_GRANTS = [
  'grant usage on schema plixer to $user',
  'grant select on plixer.alm_bulletin_board_data, plixer.domain_index to $user',
];

/**
 * A database account with these grants, besides what PostgreSQL grants everyone (which does not include CREATE).
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
