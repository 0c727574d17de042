import type { MariadbDatabase } from './mariadb.ts';
import { waitFor } from './process.ts';

/** Locks the events, so that scans of them wait. @returns a function that lets them continue */
export async function lockEvents({ query }: MariadbDatabase): Promise<() => Promise<void>> {
  await query('lock tables alm_bulletin_board_data write');
  return async () => {
    await query('unlock tables');
  };
}

/** The server's sessions that read the events of this database, except the test's own. */
export async function scanningSessions({ query, name }: MariadbDatabase): Promise<number[]> {
  const rows = await query<{ id: number }>(
    `select id from information_schema.processlist where db = ? and info like '%alm_bulletin%' and id <> connection_id()`,
    [name],
  );
  return rows.map(({ id }) => Number(id));
}

/** Waits until a run reads the events. @returns the id of its session */
export async function waitForScan(database: MariadbDatabase): Promise<number> {
  let [session]: (number | undefined)[] = [];
  await waitFor('a run reads the events', async () => {
    [session] = await scanningSessions(database);
    return session !== undefined;
  });
  return Number(session);
}
