/** Servers as administrators of other people's data keep them: nothing is open to everyone, and nobody works as root. */

import type { Target } from '../command/leaktally.ts';
import { changeUrl } from './database.ts';
import type { MariadbDatabase } from './mariadb.ts';
import { newCredentials } from './mariadb-account.ts';
import type { PostgresDatabase } from './postgres.ts';

/** With small and capital letters, a digit and another character. */
const ADMIN_PASSWORD = 'Admin-Pass1';

/** @returns the administrator of one database, which is no superuser */
export async function hardenPostgres({ query, name, url }: PostgresDatabase): Promise<Target> {
  const admin = newCredentials().name;
  await query(`create role ${admin} login createrole createdb password '${ADMIN_PASSWORD}'`);
  await query(`alter database ${name} owner to ${admin}`);
  await query(`alter schema plixer owner to ${admin}`);
  for (const table of ['alm_bulletin_board_data', 'domain_index']) {
    await query(`alter table plixer.${table} owner to ${admin}`);
  }
  await query(`revoke all on database ${name} from public`);
  await query('alter schema public owner to postgres; revoke all on schema public from public');
  return { url: url.replace('postgres@', `${admin}@`), env: { LEAKTALLY_DATABASE_PASSWORD: ADMIN_PASSWORD } };
}

/** @returns an administrator who may do what the owner does, but owns nothing */
export async function createDeputy({ query }: PostgresDatabase, owner: Target): Promise<Target> {
  const [deputy, { username }] = [newCredentials().name, new URL(owner.url)];
  await query(`create role ${deputy} login createrole password '${ADMIN_PASSWORD}' in role ${username}`);
  return { ...owner, url: owner.url.replace(username, deputy) };
}

/** @returns an administrator of the databases with these names, to whom `init_connect` applies */
export async function hardenMariadb({ query, url }: MariadbDatabase, ...databases: readonly string[]): Promise<Target> {
  const { name } = newCredentials();
  await query("delete from mysql.global_priv where User = ''");
  await query('flush privileges');
  await query("set global init_connect = 'set names utf8'");
  await query("install soname 'simple_password_check'").catch((error) => {
    if (!/already/.test(String(error))) throw error;
  });
  await query(`create user '${name}'@'%' identified by '${ADMIN_PASSWORD}'`);
  await query(`grant create user on *.* to '${name}'@'%'`);
  for (const database of databases) await query(`grant all on ${database}.* to '${name}'@'%' with grant option`);
  return { url: url.replace('root@', `${name}@`), env: { LEAKTALLY_DATABASE_PASSWORD: ADMIN_PASSWORD } };
}

/** The account that --print-schema is to create there, which does not exist yet. */
export function newAccountUrl({ url }: Target, database?: string): string {
  const { username } = new URL(url);
  return changeUrl(url.replace(username, newCredentials().name), database === undefined ? {} : { name: database });
}
