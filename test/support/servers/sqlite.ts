import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Libsql from 'libsql';
import { emptyFolder } from '../folders.ts';
import type { TestDatabase } from './database.ts';

export interface SqliteDatabase extends TestDatabase {
  readonly file: string;
}

const SCRUTINIZER_TABLES = [
  'create table alm_bulletin_board_data (epoch integer, violator_address blob, destination_address blob, message text)',
  'create table domain_index (requester_id blob, resolved_to_id blob, fqdn text, last_seen integer)',
];

export async function createSqliteDatabase(): Promise<SqliteDatabase> {
  const file = join(emptyFolder(), 'plixer.db');
  const database = new Libsql(file);
  database.exec('pragma busy_timeout=5000');
  for (const table of SCRUTINIZER_TABLES) database.exec(table);
  return {
    ...{ file, url: `sqlite:${file}`, env: {}, schema: '' },
    query: async <Row>(statement: string, values: readonly unknown[] = []) => {
      const prepared = database.prepare(statement);
      if (prepared.reader) return prepared.all([...values]) as Row[];
      prepared.run([...values]);
      return [];
    },
    now: async () => Math.floor(Date.now() / 1000),
    drop: async () => {
      database.close();
      rmSync(dirname(file), { recursive: true, force: true });
    },
  };
}
