import { closeSync, constants, lstatSync, openSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseError } from '../../errors.ts';
import { whyNotAccessible } from '../../util/file-errors.ts';
import type { OpenOptions } from '../database.ts';

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Checks a database file before the driver opens it, and creates it if it may.
 *
 * @throws an error of the file system, or DatabaseError when the file is to be written but is not ours alone
 */
export function prepareFile(file: string, { create, readOnly }: Pick<OpenOptions, 'create' | 'readOnly'>): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  // Opening a pipe could block for ever, and with it the run's time limit.
  if (stats && !stats.isFile()) throw new Error('not a regular file');
  if (!stats && !create) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  if (stats && !readOnly) refuseUnlessOwn(file, stats);
  if (create) createPrivately(file);
}

/** Creates a file that only its owner can read, unless it exists. */
export function createPrivately(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}

/**
 * Says why a file cannot be written or created, and after a semicolon what to do; null when it can. Its journal and its
 * lock are files beside it, so the folder has to be writable too.
 */
export function whyNotWritable(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats && lstatSync(file, { throwIfNoEntry: false })) {
    return `${file} is a link to a file that is not there; create it, or remove the link`;
  }
  try {
    if (stats) refuseUnlessOwn(file, stats);
  } catch (error) {
    return (error as Error).message;
  }
  return whyNotAccessible(dirname(file), constants.W_OK | constants.X_OK) ?? (stats ? whyNotWritten(file) : null);
}

/** The same for a file that need not be ours alone, such as a lock. */
export function whyNotWritten(file: string): string | null {
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
  return isThere ? whyNotAccessible(file, constants.W_OK) : null;
}

/**
 * Anyone else who can change the state can hide leaks. And files that root creates beside another user's database, that
 * user could no longer write. On Windows, files have no owner or mode.
 */
function refuseUnlessOwn(file: string, { uid, mode }: Stats): void {
  const own = process.geteuid?.();
  if (own === undefined) return;
  if (uid !== own) {
    const advice = 'run leaktally as that user, or keep the state in a file of your own (--state)';
    throw new DatabaseError(`${file} belongs to another user (uid ${uid}) and is not written to; ${advice}`, 'denied');
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    throw new DatabaseError(`${file} can be changed by other users; run chmod go-w ${file}`, 'denied');
  }
}
