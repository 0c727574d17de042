/** What `--check` asks SQLite. */

import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { asking, type ColumnFacts, type Inspector } from '../inspector.ts';
import { type FileTarget, IN_MEMORY } from '../target.ts';
import { findFileLockHolder, lockFilePath } from './lock-holder.ts';
import { whyNotWritable, whyNotWritten } from './prepare-file.ts';

export function sqliteInspector(database: Pick<Database, 'kysely' | 'explain'>, { file }: FileTarget): Inspector {
  const ask = asking(database);
  return {
    server: async () => {
      const [{ version = '' } = {}] = await ask(sql<{ version: string }>`select sqlite_version() as version`);
      return { product: `SQLite ${version}`, protection: file === IN_MEMORY.file ? 'in memory' : 'local file' };
    },
    columns: ({ name }) => ask(sql<ColumnFacts>`select name, lower(type) as type from pragma_table_info(${name})`),
    indexOn: async ({ name }, column) => {
      const [table] = await ask(sql<{ type: string }>`select type from sqlite_master where name = ${name}`);
      if (table?.type !== 'table') return undefined;
      const [index] = await ask(sql<{ name: string }>`
        select list.name as name from pragma_index_list(${name}) as list, pragma_index_info(list.name) as parts
        where parts.seqno = 0 and parts.name = ${column} and list.partial = 0`);
      return index?.name ?? null;
    },
    readOnlyReason: async () => (file === IN_MEMORY.file ? null : whyNotWritable(file)),
    missingPrivileges: async () => [],
    mayCreate: async () => true,
    lockObstacle: async (name) => (file === IN_MEMORY.file ? null : whyNotWritten(lockFilePath(file, name))),
    lockHolder: async (name) => (file === IN_MEMORY.file ? null : findFileLockHolder(lockFilePath(file, name))),
  };
}
