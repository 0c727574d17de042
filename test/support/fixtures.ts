import { test as base, describe, inject } from 'vitest';
import { AS_OF } from './builders/events.ts';
import { cleanReportOf } from './command/json-report.ts';
import { runOn } from './command/leaktally.ts';
import { startReceiver } from './receivers/receiver.ts';
import type { TestDatabase } from './servers/database.ts';
import { DATABASES, type DatabaseKind } from './servers/databases.ts';
import { createMariadbDatabase } from './servers/mariadb.ts';
import { createAccount, READ_GRANTS } from './servers/mariadb-account.ts';
import { createPostgresDatabase } from './servers/postgres.ts';
import { startRsyslog } from './servers/rsyslog.ts';

interface Lifetime {
  onCleanup(end: () => Promise<void>): void;
}

/** A server for a test that names it: started before the test, and stopped after it, however it ends. */
export function started<T extends { stop(): Promise<void> }, Args extends unknown[]>(
  start: (...args: Args) => Promise<T>,
  ...args: Args
) {
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads here which other fixtures this one needs.
  return async ({}, { onCleanup }: Lifetime): Promise<T> => {
    const server = await start(...args);
    onCleanup(() => server.stop());
    return server;
  };
}

/** A database for a test that names it: created before the test, and dropped after it, however it ends. */
export function created<T extends { drop(): Promise<void> }>(create: () => Promise<T>) {
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads here which other fixtures this one needs.
  return async ({}, { onCleanup }: Lifetime): Promise<T> => {
    const database = await create();
    onCleanup(() => database.drop());
    return database;
  };
}

/** Tests whose alerts go to a receiver of their own, or to an rsyslogd that serves the whole file. */
export const receiverTest = base
  .extend('receiver', started(startReceiver))
  .extend('rsyslog', { scope: 'file' }, started(startRsyslog));

const onMariadb = async ({ mariadb }: { mariadb: { port: number } }, { onCleanup }: Lifetime) => {
  const database = await createMariadbDatabase(mariadb);
  onCleanup(() => database.drop());
  return database;
};

/** Tests on MariaDB: the server that all files share, unless a file extends `mariadb` with one of its own. */
export const test = receiverTest
  .extend('mariadb', { scope: 'file' }, () => inject('mariadb'))
  .extend('database', onMariadb)
  /** Another database on the same server. */
  .extend('elsewhere', onMariadb)
  /** One for a whole file, for tests that do not disturb each other. */
  .extend('sharedDatabase', { scope: 'file' }, onMariadb)
  /** An account of the database that may do nothing yet. */
  .extend('account', async ({ database }, { onCleanup }) => {
    const account = await createAccount(database);
    onCleanup(() => account.drop());
    return account;
  })
  /** An account that may read events and names, and nothing else. */
  .extend('reader', async ({ database }, { onCleanup }) => {
    const reader = await createAccount(database, READ_GRANTS);
    onCleanup(() => reader.drop());
    return reader;
  });

/** Tests on PostgreSQL: the server that all files share, unless a file extends `postgres` with one of its own. */
export const postgresTest = receiverTest
  .extend('postgres', { scope: 'file' }, () => inject('postgres'))
  .extend('database', async ({ postgres }, { onCleanup }) => {
    const database = await createPostgresDatabase(postgres);
    onCleanup(() => database.drop());
    return database;
  });

function testOn(create: () => Promise<TestDatabase>) {
  return (
    receiverTest
      .extend('database', created(create))
      /** Runs on the database, with the receiver for its alerts. */
      .extend('run', ({ database, receiver }) => async (...args: string[]) => {
        return runOn(database, ['--syslog', receiver.url, ...args]);
      })
      /** The report of such a run, which has nothing to complain about. */
      .extend('report', ({ database, receiver }) => async (...args: string[]) => {
        return cleanReportOf(database, ['--syslog', receiver.url, ...args]);
      })
      /** The report of the window that ends at AS_OF. */
      .extend(
        'look',
        ({ report }) =>
          async (...args: string[]) =>
            report('--as-of', `${AS_OF}`, ...args),
      )
  );
}

/** Declares the same tests for each kind of database. */
export function onEveryDatabase(declare: (test: ReturnType<typeof testOn>, kind: DatabaseKind) => void): void {
  describe.each(Object.keys(DATABASES) as DatabaseKind[])('%s', (kind) => declare(testOn(DATABASES[kind]), kind));
}
