import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../errors.ts';
import { formatDuration } from '../util/units.ts';

/** Time for the server to confirm that it has cancelled a statement. */
const GRACE_MILLISECONDS = 2000;

/** How to end a statement. */
export interface Cancellation {
  /** Asks the server to end it; the statement then fails. */
  cancel(): void;
  /** Closes the connection, for a server that does not answer. */
  abandon(): void;
}

export function timeLimitError(server: string, seconds: number): DatabaseError {
  return new DatabaseError(`${server}: no answer within ${formatDuration(Math.ceil(seconds))}`, 'timeout');
}

/**
 * Ends a statement that takes longer than its limit. The connection can be used afterwards if the server confirmed the
 * cancellation in time.
 *
 * @throws DatabaseError with the fault `timeout`
 */
export async function withTimeLimit(
  server: string,
  seconds: number,
  statement: Promise<void>,
  { cancel, abandon }: Cancellation,
): Promise<void> {
  const done = new AbortController();
  const { signal } = done;
  let isCancelled = false;
  const watch = async (): Promise<never> => {
    await sleep(seconds * 1000, undefined, { signal });
    isCancelled = true;
    cancel();
    await sleep(GRACE_MILLISECONDS, undefined, { signal });
    abandon();
    throw timeLimitError(server, seconds);
  };
  try {
    await Promise.race([statement, watch()]);
  } catch (error) {
    // A server that counts for itself may be a little faster.
    const isTimeout = isCancelled || (error instanceof DatabaseError && error.fault === 'timeout');
    throw isTimeout ? timeLimitError(server, seconds) : error;
  } finally {
    done.abort();
  }
}
