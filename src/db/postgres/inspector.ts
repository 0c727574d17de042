/** What `--check` asks PostgreSQL. Sessions find nothing but its catalog by a bare name. */

import { TLSSocket } from 'node:tls';
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import {
  type Ask,
  asking,
  type ColumnFacts,
  type Inspector,
  LOCAL_SOCKET,
  type LockHolder,
  NOT_ENCRYPTED,
  type ServerFacts,
  type TableName,
} from '../inspector.ts';
import type { ServerTarget } from '../target.ts';
import { lockKey, refusePooler } from './advisory-lock.ts';
import { type Session, socketOf } from './connection.ts';

export function postgresInspector(
  database: Pick<Database, 'kysely' | 'explain'>,
  target: ServerTarget,
  session: Session,
): Inspector {
  const ask = asking(database);
  return {
    server: () => describeServer(ask, target, session),
    columns: (table) =>
      ask(sql<ColumnFacts>`select a.attname as name, format_type(a.atttypid, null) as type from pg_attribute as a
        where a.attrelid = ${relation(table)} and a.attnum > 0 and not a.attisdropped order by a.attnum`),
    indexOn: async (table, column) => {
      const [found] = await ask(sql<{ kind: string; name: string | null }>`
        select c.relkind as kind, min(i.indexrelid::regclass::text) as name from pg_class as c
        left join (pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
          and a.attname = ${column}) on i.indrelid = c.oid and i.indisvalid and i.indpred is null
        where c.oid = ${relation(table)} group by c.relkind`);
      // Views and foreign tables have no indexes of their own.
      return found && ['r', 'p', 'm'].includes(found.kind) ? found.name : undefined;
    },
    readOnlyReason: () => readOnlyReason(ask),
    missingPrivileges: async (table, wanted) => {
      const rows = await ask(sql<{ privilege: string }>`select privilege
        from unnest(${[...wanted]}::text[]) as privilege
        where not has_table_privilege(${relation(table)}, privilege)`);
      return wanted.filter((privilege) => rows.some((row) => row.privilege === privilege));
    },
    mayCreate: async ({ schema }) => {
      const [found] = await ask(sql<{ allowed: boolean }>`
        select has_schema_privilege(oid, 'create') as allowed from pg_namespace where nspname = ${schema}`);
      return found?.allowed ?? false;
    },
    lockObstacle: async () => null,
    lockHolder: async (name) => {
      const [{ pid = 0 } = {}] = await ask(sql<{ pid: number }>`select pg_backend_pid() as pid`);
      refusePooler(pid, session, target);
      return findLockHolder(ask, name);
    },
  };
}

async function describeServer(ask: Ask, { socket }: ServerTarget, session: Session): Promise<ServerFacts> {
  const [{ version = '' } = {}] = await ask(
    sql<{ version: string }>`select current_setting('server_version') as version`,
  );
  // Behind a pooler, the server knows only the pooler's connection.
  const stream = socketOf(session);
  const unencrypted = socket === null ? NOT_ENCRYPTED : LOCAL_SOCKET;
  const protection = stream instanceof TLSSocket ? (stream.getProtocol() ?? 'TLS') : unencrypted;
  return { product: `PostgreSQL ${version}`, protection };
}

/** The table's oid; null when there is none. */
function relation({ schema, name }: TableName) {
  return sql`(select c.oid from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${name})`;
}

async function readOnlyReason(ask: Ask): Promise<string | null> {
  const [{ standby = false, setting = '' } = {}] = await ask(sql<{ standby: boolean; setting: string }>`
    select pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as setting`);
  if (standby) return 'the server is a standby, which is read-only';
  return setting === 'on' ? 'default_transaction_read_only is on for this account' : null;
}

/** An advisory lock's key is in two halves there (PostgreSQL manual: pg_locks). */
async function findLockHolder(ask: Ask, name: string): Promise<LockHolder | null> {
  const key = BigInt.asUintN(64, lockKey(name));
  const [high, low] = [key >> 32n, key & 0xffffffffn];
  const [holder] = await ask(sql<{ pid: number; account: string | null; address: string | null }>`
    select l.pid, s.usename as account, host(s.client_addr) as address from pg_locks as l
    left join pg_stat_activity as s on s.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and l.classid::bigint = ${high.toString()}::bigint and l.objid::bigint = ${low.toString()}::bigint
      and l.database = (select oid from pg_database where datname = current_database())`);
  if (!holder) return null;
  const { pid, account, address } = holder;
  const whose = (account === null ? '' : ` of ${account}`) + (address === null ? '' : ` from ${address}`);
  return { description: `session ${pid}${whose}`, ending: `select pg_terminate_backend(${pid});` };
}
