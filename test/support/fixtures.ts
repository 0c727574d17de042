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

/** A fixture that starts a server before the test (or file) that asks for it, and stops it afterwards, even on failure. */
export function started<T extends { stop(): Promise<void> }, Args extends unknown[]>(
  start: (...args: Args) => Promise<T>,
  ...args: Args
) {
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the dependencies of a fixture from this pattern.
  return async ({}, { onCleanup }: Lifetime): Promise<T> => {
    const server = await start(...args);
    onCleanup(() => server.stop());
    return server;
  };
}

/** A fixture that creates a database before the test that asks for it, and drops it afterwards, even on failure. */
export function created<T extends { drop(): Promise<void> }>(create: () => Promise<T>) {
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the dependencies of a fixture from this pattern.
  return async ({}, { onCleanup }: Lifetime): Promise<T> => {
    const database = await create();
    onCleanup(() => database.drop());
    return database;
  };
}

/** Tests with a receiver of their own, or with an rsyslogd that the whole file shares. */
export const receiverTest = base
  .extend('receiver', started(startReceiver))
  .extend('rsyslog', { scope: 'file' }, started(startRsyslog));

const onMariadb = async ({ mariadb }: { mariadb: { port: number } }, { onCleanup }: Lifetime) => {
  const database = await createMariadbDatabase(mariadb);
  onCleanup(() => database.drop());
  return database;
};

/** Tests on MariaDB. All files share one server; a file that needs its own extends `mariadb`. */
export const test = receiverTest
  .extend('mariadb', { scope: 'file' }, () => inject('mariadb'))
  .extend('database', onMariadb)
  /** Another database on the same server. */
  .extend('elsewhere', onMariadb)
  /** A database that the whole file shares, for tests that do not disturb each other. */
  .extend('sharedDatabase', { scope: 'file' }, onMariadb)
  /** Runs on the database, with the receiver for its alerts. */
  .extend('run', ({ database, receiver }) => async (...args: string[]) => {
    return runOn(database, ['--syslog', receiver.url, ...args]);
  })
  /** Runs on the database, with this receiver for its alerts. */
  .extend('runTo', ({ database }) => async (syslog: string, ...args: string[]) => {
    return runOn(database, ['--syslog', syslog, ...args]);
  })
  /** A database account without any privileges so far. */
  .extend('account', async ({ database }, { onCleanup }) => {
    const account = await createAccount(database);
    onCleanup(() => account.drop());
    return account;
  })
  /** A database account that may read events and names, and nothing else. */
  .extend('reader', async ({ database }, { onCleanup }) => {
    const reader = await createAccount(database, READ_GRANTS);
    onCleanup(() => reader.drop());
    return reader;
  });

/** Tests on PostgreSQL. All files share one server; a file that needs its own extends `postgres`. */
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
      /** The report of such a run, which must not warn of anything. */
      .extend('report', ({ database, receiver }) => async (...args: string[]) => {
        return cleanReportOf(database, ['--syslog', receiver.url, ...args]);
      })
      /** The report for the window that ends at AS_OF. */
      .extend('look', ({ report }) => async (...args: string[]) => {
        return report('--as-of', `${AS_OF}`, ...args);
      })
  );
}

/** Declares the same tests for each kind of database. */
export function onEveryDatabase(declare: (test: ReturnType<typeof testOn>, kind: DatabaseKind) => void): void {
  describe.each(Object.keys(DATABASES) as DatabaseKind[])('%s', (kind) => declare(testOn(DATABASES[kind]), kind));
}
