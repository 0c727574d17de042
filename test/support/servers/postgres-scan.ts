import type { PostgresDatabase } from './postgres.ts';
import { waitFor } from './process.ts';

/** A run whose scan of the events waits for a lock. */
export interface HeldScan<T> {
  readonly run: Promise<T>;
  /** Process ids of the server's two sessions: one reads the events, the other keeps the state. */
  readonly scan: number;
  readonly state: number;
  /** Lets the scan continue. */
  release(): Promise<void>;
}

/** Starts a run with its state in the same database and holds it in its scan, for up to 20 s (its lock timeout). */
export async function holdScan<T>({ client }: PostgresDatabase, start: () => Promise<T>): Promise<HeldScan<T>> {
  await client.query('begin');
  await client.query('lock table plixer.alm_bulletin_board_data');
  const run = start();
  let [scan, state]: (number | undefined)[] = [];
  await waitFor('the scan waits', async () => {
    // Within a transaction the view does not change by itself.
    await client.query('select pg_stat_clear_snapshot()');
    const { rows } = await client.query<{ pid: number; waits: boolean }>(
      `select pid, wait_event_type is not distinct from 'Lock' as waits from pg_stat_activity
       where datname = current_database() and application_name = 'leaktally'`,
    );
    scan = rows.find(({ waits }) => waits)?.pid;
    state = rows.find(({ waits }) => !waits)?.pid;
    return scan !== undefined && state !== undefined;
  });
  return {
    run,
    scan: Number(scan),
    state: Number(state),
    release: async () => {
      await client.query('commit');
    },
  };
}
