import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileError } from '../errors.ts';
import { adviseOnFile, fileErrorCode, fileErrorReason, isHeldOpen, whyNotAccessible } from './file-errors.ts';

const OWNER_ONLY = 0o600;
/** Suffix of a temporary file's name, after that of the file itself. */
const TEMPORARY = /^\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp$/;
const HELD_FOR_MILLISECONDS = 1000;
const RETRY_INTERVAL_MILLISECONDS = 50;

export interface ReplaceOptions {
  /** Name of the file in error messages. */
  readonly name: string;
  /** The file's mode; `kept` keeps the mode and group of our own existing file and makes any other owner-only. */
  readonly access: number | 'kept';
  /** Age from which a temporary file must be one that a killed run left behind. */
  readonly staleAfterSeconds: number;
}

/**
 * Replaces a file atomically: readers see the old or the new content, never a part. Synchronous, because the process
 * may be exiting.
 *
 * @throws FileError when the file cannot be written; an existing one stays unchanged
 */
export function replaceFile(file: string, text: string, { name, access, staleAfterSeconds }: ReplaceOptions): void {
  try {
    const previous = lstatSync(file, { throwIfNoEntry: false }) ?? null;
    // Renaming would replace a device, pipe or link with a regular file.
    if (previous?.isFile() === false) throw new Error('it is not a regular file');
    removeLeftovers(file, Date.now() - staleAfterSeconds * 1000);
    writeBeside(file, text, (descriptor) =>
      access === 'kept' ? keepAccess(descriptor, previous) : fchmodSync(descriptor, access),
    );
  } catch (error) {
    const advice = adviseOnFile(fileErrorCode(error), 'check the path and the permissions of its folder');
    throw new FileError(`${name} ${file} cannot be written (${fileErrorReason(error)}); ${advice}`, { cause: error });
  }
}

/** Says why {@link replaceFile} would fail, and after a semicolon what to do; null when it would not, as far as one can tell. */
export function whyNotReplaceable(file: string): string | null {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) {
    return `${file} is not a regular file; name another path`;
  }
  return whyNotAccessible(dirname(file), constants.W_OK | constants.X_OK);
}

/** Removes temporary files of runs that were killed while writing this file. */
function removeLeftovers(file: string, olderThan: number): void {
  const [folder, prefix] = [dirname(file), basename(file)];
  try {
    for (const entry of readdirSync(folder)) {
      if (!entry.startsWith(prefix) || !TEMPORARY.test(entry.slice(prefix.length))) continue;
      const path = join(folder, entry);
      const stats = lstatSync(path);
      if (stats.isFile() && stats.mtimeMs < olderThan) rmSync(path);
    }
  } catch {
    // They only take space: a folder that cannot be listed must not keep the file from being written.
  }
}

function writeBeside(file: string, text: string, setAccess: (descriptor: number) => void): void {
  // Does not end in .prom or .html, so that no exporter or web server picks up a half-written file.
  const temporary = `${file}.${randomUUID()}.tmp`;
  // Whoever opens the file before its access is set could still read what is written later.
  const descriptor = openSync(temporary, 'wx', OWNER_ONLY);
  try {
    try {
      setAccess(descriptor);
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    retryWhileHeld(() => renameSync(temporary, file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Retries for a second while another program, such as a virus scanner, has the file open (Windows). */
export function retryWhileHeld(replace: () => void, platform = process.platform): void {
  const until = performance.now() + HELD_FOR_MILLISECONDS;
  for (;;) {
    try {
      replace();
      return;
    } catch (error) {
      if (!isHeldOpen(fileErrorCode(error), platform) || performance.now() > until) throw error;
      // Sleeps: there may be no event loop any more.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_INTERVAL_MILLISECONDS);
    }
  }
}

/**
 * Copies mode and group, but not those of a file that another user put there. If the group cannot be set, the file
 * stays owner-only: the mode would admit other readers.
 */
function keepAccess(descriptor: number, previous: Stats | null): void {
  const { uid, gid } = fstatSync(descriptor);
  if (previous?.uid !== uid) return;
  try {
    if (gid !== previous.gid) fchownSync(descriptor, -1, previous.gid);
  } catch {
    return;
  }
  fchmodSync(descriptor, previous.mode & 0o777);
}
