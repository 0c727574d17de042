import { inject } from 'vitest';
import type { TestDatabase } from './database.ts';
import { createMariadbDatabase } from './mariadb.ts';
import { createPostgresDatabase } from './postgres.ts';
import { createSqliteDatabase } from './sqlite.ts';

/** Creates a database of each kind that leaktally supports, on the servers that all tests share. */
export const DATABASES = {
  mariadb: () => createMariadbDatabase(inject('mariadb')),
  postgres: async () => {
    const database = await createPostgresDatabase(inject('postgres'));
    // So that the same statements work on every kind.
    await database.query('set search_path = public, plixer');
    return database;
  },
  sqlite: createSqliteDatabase,
} as const satisfies Readonly<Record<string, () => Promise<TestDatabase>>>;

export type DatabaseKind = keyof typeof DATABASES;
