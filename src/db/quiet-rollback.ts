import type { Dialect } from 'kysely';

/**
 * Keeps a failed rollback from hiding the error that led to it: after a lost connection or on a full disk, the rollback
 * fails too, and Kysely would throw that second error.
 */
export function withQuietRollback<D extends Dialect>(dialect: D): D {
  const createDriver = dialect.createDriver.bind(dialect);
  dialect.createDriver = () => {
    const driver = createDriver();
    const rollBack = driver.rollbackTransaction.bind(driver);
    driver.rollbackTransaction = (connection) => rollBack(connection).catch(() => undefined);
    return driver;
  };
  return dialect;
}
