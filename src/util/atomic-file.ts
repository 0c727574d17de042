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

/** The owner alone may read and write. */
const PRIVATE = 0o600;

/**
 * Writes a file as a whole: a reader sees the old one or the new one, never a part. Synchronous, for a process that may be
 * about to end.
 *
 * @param name what the file is, for the message
 * @param access the file's mode; `kept` is the mode and group of the file that is replaced, or a new one for its owner alone
 * @throws FileError when the file cannot be written; the old one is left as it was
 */
export function replaceFile(name: string, file: string, text: string, access: number | 'kept'): void {
  try {
    const previous = lstatSync(file, { throwIfNoEntry: false }) ?? null;
    // A device, a pipe or a link would be replaced by a file.
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
  // A name that does not end in .prom or .html, so that nobody takes it for the file while it is half written.
  const temporary = `${file}.${randomUUID()}.tmp`;
  // Nobody may open it before its access is set: what is written later could be read all the same.
  const descriptor = openSync(temporary, 'wx', PRIVATE);
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

/** A mode means the same readers only together with its group, so where that may not be given, the file stays its owner's. */
function keepAccess(descriptor: number, previous: Stats | null): void {
  if (previous === null) return;
  try {
    if (fstatSync(descriptor).gid !== previous.gid) fchownSync(descriptor, -1, previous.gid);
  } catch {
    return;
  }
  fchmodSync(descriptor, previous.mode & 0o777);
}
