import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../errors.ts';

/** Of rules that write at the same time, one at least gets through at each try. */
const MAX_TRIES = 20;
const LONGEST_PAUSE_MILLISECONDS = 200;

/**
 * Repeats work that the server undid as a whole in favour of another session. MySQL and MariaDB lock every row that a
 * statement looks at, also those of other rules, and so rules that run at the same minute get in each other's way.
 *
 * @throws DatabaseError with the fault `conflict` when it is undone again and again
 */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const isConflict = error instanceof DatabaseError && error.fault === 'conflict';
      if (!isConflict || tries === MAX_TRIES) throw error;
      // Random, so that the same two do not meet again.
      await sleep(Math.random() * LONGEST_PAUSE_MILLISECONDS);
    }
  }
}
