import { Kysely, SqliteDialect, sql } from 'kysely';
import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { withQuietRollback } from '../../../src/db/quiet-rollback.ts';

test('of a transaction that fails, the first error is told and not that of the rollback', async () => {
  const database = new Libsql(':memory:');
  database.exec('pragma max_page_count=2; create table t (text)');
  const kysely = new Kysely<unknown>({ dialect: withQuietRollback(new SqliteDialect({ database })) });
  // On a full disk SQLite has already rolled back by itself.
  const insert = kysely
    .transaction()
    .execute((transaction) => sql`insert into t values (zeroblob(99999))`.execute(transaction));
  await expect(insert).rejects.toThrow(/full/);
  await kysely.transaction().execute((transaction) => sql`insert into t values (1)`.execute(transaction));
  expect(database.prepare('select count(*) as rows from t').get()).toMatchObject({ rows: 1 });
  database.close();
});
