/** What `--check` asks MySQL and MariaDB. Names are aliased, since MySQL 8 returns those of its catalog in capitals. */

import { sql } from 'kysely';
import type { Database } from '../database.ts';
import {
  type Ask,
  asking,
  type ColumnFacts,
  type Inspector,
  LOCAL_SOCKET,
  NOT_ENCRYPTED,
  type ServerFacts,
  type StatePrivilege,
  type TableName,
} from '../inspector.ts';
import type { ServerTarget } from '../target.ts';

/** Errors that say what is missing is a privilege: ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR. */
const DENIED = [1142, 1143];
/** What a statement meets that would be allowed: ER_NO_SUCH_TABLE, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION. */
const ALLOWED = [1146, 1792];
/** Privileges of accounts that write on a server that is read-only for others. */
const WRITE_ANYWAY = ['SUPER', 'READ_ONLY ADMIN', 'CONNECTION_ADMIN'];

export function mysqlInspector(database: Pick<Database, 'kysely' | 'explain'>, target: ServerTarget): Inspector {
  const ask = asking(database);
  const schemaOf = ({ schema }: TableName) => schema ?? target.database;
  return {
    server: () => describeServer(ask, target),
    columns: (table) =>
      ask(sql<ColumnFacts>`select column_name as name, lower(data_type) as type from information_schema.columns
        where table_schema = ${schemaOf(table)} and table_name = ${table.name} order by ordinal_position`),
    indexOn: async (table, column) => {
      const [found] = await ask(sql<{ kind: string; name: string | null }>`
        select t.table_type as kind, min(s.index_name) as name from information_schema.tables as t
        left join information_schema.statistics as s on s.table_schema = t.table_schema
          and s.table_name = t.table_name and s.seq_in_index = 1 and s.column_name = ${column}
        where t.table_schema = ${schemaOf(table)} and t.table_name = ${table.name} group by t.table_type`);
      return found?.kind === 'BASE TABLE' ? found.name : undefined;
    },
    readOnlyReason: () => readOnlyReason(ask),
    missingPrivileges: async (table, wanted) => {
      const missing: StatePrivilege[] = [];
      for (const privilege of wanted) {
        if (!(await isAllowed(database, privilege, sql.table(`${schemaOf(table)}.${table.name}`)))) {
          missing.push(privilege);
        }
      }
      return missing;
    },
    mayCreate: (table) => mayCreate(ask, schemaOf(table), table.name),
    lockObstacle: async () => null,
    lockHolder: async (name) => {
      const [{ id = null } = {}] = await ask(sql<{ id: number | null }>`select is_used_lock(${name}) as id`);
      if (id === null) return null;
      const [session] = await ask(sql<{ user: string; host: string }>`
        select user as user, host as host from information_schema.processlist where id = ${id}`);
      const whose = session ? ` of ${session.user} from ${session.host}` : '';
      return { description: `session ${id}${whose}`, ending: `kill ${id};` };
    },
  };
}

async function describeServer(ask: Ask, { socket }: ServerTarget): Promise<ServerFacts> {
  const [{ version = '' } = {}] = await ask(sql<{ version: string }>`select version() as version`);
  const [tls] = await ask(sql<{ Value: string }>`show session status like 'Ssl_version'`);
  const number = /^[\d.]+/.exec(version.replace(/^5\.5\.5-(?=\d)/, ''))?.[0] ?? version;
  const unencrypted = socket === null ? NOT_ENCRYPTED : LOCAL_SOCKET;
  return {
    product: `${/mariadb/i.test(version) ? 'MariaDB' : 'MySQL'} ${number}`,
    protection: tls?.Value || unencrypted,
  };
}

/**
 * Asks the server to explain a statement, for which it wants the privileges of the statement itself (MySQL and MariaDB
 * manuals: EXPLAIN). Unlike the privilege tables, that includes roles and patterns.
 */
async function isAllowed(
  { kysely, explain }: Pick<Database, 'kysely' | 'explain'>,
  privilege: StatePrivilege,
  table: ReturnType<typeof sql.table>,
): Promise<boolean> {
  const statements = {
    select: sql`explain select rule_name from ${table} where id = ''`,
    insert: sql`explain insert into ${table} (id) values ('')`,
    update: sql`explain update ${table} set rule_name = '' where id = ''`,
    delete: sql`explain delete from ${table} where id = ''`,
  };
  try {
    await statements[privilege].execute(kysely);
    return true;
  } catch (error) {
    const { errno = 0 } = error as { errno?: number };
    if (DENIED.includes(errno)) return false;
    if (ALLOWED.includes(errno)) return true;
    throw explain(error);
  }
}

async function mayCreate(ask: Ask, schema: string, table: string): Promise<boolean | null> {
  // Privileges may be there before the database.
  const databases = await ask(sql`select 1 from information_schema.schemata where schema_name = ${schema}`);
  if (databases.length === 0) return false;
  const privileges = await ownPrivileges(ask, schema, table);
  if (privileges.includes('CREATE')) return true;
  // What a role may do is not in these tables.
  const roles = await ask(sql<{ role: string | null }>`select current_role() as role`).catch(() => []);
  if (roles.some(({ role }) => role !== null && role !== 'NONE')) return null;
  // Nor what everybody may do (MariaDB manual: GRANT ... TO PUBLIC).
  const ofEverybody = await ask(sql<Record<string, string>>`show grants for public`).catch(() => []);
  const places = [' ON *.* ', ` ON \`${schema}\`.`];
  const concernsSchema = (grant: string) => places.some((place) => grant.includes(place));
  return ofEverybody.flatMap(Object.values<string>).some(concernsSchema) ? null : false;
}

async function ownPrivileges(ask: Ask, schema: string, table: string): Promise<string[]> {
  const [{ account = '' } = {}] = await ask(sql<{ account: string }>`select current_user() as account`);
  const at = account.lastIndexOf('@');
  const grantee = `'${account.slice(0, at)}'@'${account.slice(at + 1)}'`;
  // A schema's name may be a pattern in a grant.
  const rows = await ask(sql<{ privilege: string }>`
    select privilege_type as privilege from information_schema.user_privileges where grantee = ${grantee}
    union select privilege_type from information_schema.schema_privileges
      where grantee = ${grantee} and ${schema} like table_schema
    union select privilege_type from information_schema.table_privileges
      where grantee = ${grantee} and table_schema = ${schema} and table_name = ${table}`);
  return rows.map(({ privilege }) => privilege);
}

async function readOnlyReason(ask: Ask): Promise<string | null> {
  const [{ setting = 0 } = {}] = await ask(sql<{ setting: number | string }>`select @@global.read_only as setting`);
  if (['0', 'OFF'].includes(String(setting))) return null;
  const privileges = await ownPrivileges(ask, '', '');
  return privileges.some((privilege) => WRITE_ANYWAY.includes(privilege))
    ? null
    : 'the server is read-only (read_only)';
}
