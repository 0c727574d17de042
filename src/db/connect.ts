import type { Kysely } from 'kysely';
import type { Database, OpenOptions, Schema, SqlParts } from './database.ts';
import type { SetupScript } from './setup-script.ts';
import type { DatabaseTarget, ServerTarget } from './target.ts';

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

/** What can be written for a server without a connection to it. */
export interface Offline {
  readonly kysely: Kysely<Schema>;
  readonly sql: SqlParts;
  readonly setup: SetupScript;
}

export async function offline(target: ServerTarget): Promise<Offline> {
  switch (target.kind) {
    case 'mysql': {
      const { mysqlCompiler, mysqlParts } = await import('./mysql/parts.ts');
      const { mysqlSetup } = await import('./mysql/grants.ts');
      return { kysely: mysqlCompiler(), sql: mysqlParts(target), setup: mysqlSetup(target) };
    }
    case 'postgres': {
      const { postgresCompiler, postgresParts } = await import('./postgres/session.ts');
      const { postgresSetup } = await import('./postgres/grants.ts');
      return { kysely: postgresCompiler(), sql: postgresParts(target), setup: postgresSetup(target) };
    }
  }
}
