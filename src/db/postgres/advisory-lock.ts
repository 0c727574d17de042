import { createHash } from 'node:crypto';
import { DatabaseError } from '../../errors.ts';
import { formatServer, type ServerTarget } from '../target.ts';
import type { Session } from './connection.ts';

/** The 64-bit key of the advisory lock of this name. */
export function lockKey(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigInt64BE();
}

/**
 * Refuses a pooler: its server sessions outlive ours and would keep the lock.
 *
 * @param pid of the process that answers
 */
export function refusePooler(pid: number | undefined, { serverProcess }: Session, target: ServerTarget): void {
  if (pid === serverProcess) return;
  throw new DatabaseError(
    `${formatServer(target)}: this is a connection pooler such as pgbouncer, which cannot hold a rule's lock; use the server's own port in --state (usually 5432), or keep the state elsewhere with --state sqlite:<file>`,
  );
}
