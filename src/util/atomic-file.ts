import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { FileError } from '../errors.ts';

const OWNER_ONLY = 0o600;

/**
 * Replaces a file atomically: readers see the old or the new content, never a part. Synchronous, because the process
 * may be exiting.
 *
 * @param name what to call the file in the error message
 * @param access the file's mode; `kept` keeps the mode and group of an existing file and makes a new one owner-only
 * @throws FileError when the file cannot be written; an existing one stays unchanged
 */
export function replaceFile(name: string, file: string, text: string, access: number | 'kept'): void {
  try {
    const previous = lstatSync(file, { throwIfNoEntry: false }) ?? null;
    // Renaming would replace a device, pipe or link with a regular file.
    if (previous?.isFile() === false) throw new Error('it is not a regular file');
    writeBeside(file, text, (descriptor) =>
      access === 'kept' ? keepAccess(descriptor, previous) : fchmodSync(descriptor, access),
    );
  } catch (error) {
    const { code = (error as Error).message } = error as NodeJS.ErrnoException;
    throw new FileError(
      `${name} ${file} cannot be written (${code}): check the path and the permissions of its folder`,
      { cause: error },
    );
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
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Copies mode and group. If the group cannot be set, the file stays owner-only: the mode would admit other readers. */
function keepAccess(descriptor: number, previous: Stats | null): void {
  if (previous === null) return;
  try {
    if (fstatSync(descriptor).gid !== previous.gid) fchownSync(descriptor, -1, previous.gid);
  } catch {
    return;
  }
  fchmodSync(descriptor, previous.mode & 0o777);
}
