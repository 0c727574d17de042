import type { Kysely } from 'kysely';
import type { Database, OpenOptions, Schema, SqlParts } from './database.ts';
import type { DatabaseTarget } from './target.ts';

/**
 * Opens one connection.
 *
 * @throws DatabaseError
 */
export async function connect(target: DatabaseTarget, options: OpenOptions): Promise<Database> {
  // Drivers are loaded on demand: each one adds to the start-up time.
  switch (target.kind) {
    case 'mysql':
      return (await import('./mysql/session.ts')).openMysql(target, options);
    case 'postgres':
      return (await import('./postgres/session.ts')).openPostgres(target, options);
    case 'sqlite':
      return (await import('./sqlite/session.ts')).openSqlite(target, options);
  }
}

/** Returns a statement compiler for a database without connecting to it. */
export async function offline(target: DatabaseTarget): Promise<{ kysely: Kysely<Schema>; sql: SqlParts }> {
  switch (target.kind) {
    case 'mysql': {
      const { mysqlCompiler, mysqlParts } = await import('./mysql/parts.ts');
      return { kysely: mysqlCompiler(), sql: mysqlParts(target) };
    }
    case 'postgres': {
      const { postgresCompiler, postgresParts } = await import('./postgres/session.ts');
      return { kysely: postgresCompiler(), sql: postgresParts(target) };
    }
    case 'sqlite': {
      const { sqliteCompiler, sqliteParts } = await import('./sqlite/parts.ts');
      return { kysely: sqliteCompiler(), sql: sqliteParts('UTF-8') };
    }
  }
}
