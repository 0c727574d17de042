import type { MariadbDatabase } from './mariadb.ts';
import { waitFor } from './process.ts';

/** Locks the events so that every scan of them waits. @returns lets the scans go on */
export async function lockEvents({ query }: MariadbDatabase): Promise<() => Promise<void>> {
  await query('lock tables alm_bulletin_board_data write');
  return async () => {
    await query('unlock tables');
  };
}

/** The server's sessions that are at the events of this database, the test's own left out. */
export async function scanningSessions({ query, name }: MariadbDatabase): Promise<number[]> {
  const rows = await query<{ id: number }>(
    `select id from information_schema.processlist where db = ? and info like '%alm_bulletin%' and id <> connection_id()`,
    [name],
  );
  return rows.map(({ id }) => Number(id));
}

/** Waits until a run is at the events, and returns its session. */
export async function waitForScan(database: MariadbDatabase): Promise<number> {
  let [session]: (number | undefined)[] = [];
  await waitFor('a run is at the events', async () => {
    [session] = await scanningSessions(database);
    return session !== undefined;
  });
  return Number(session);
}
