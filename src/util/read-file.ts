import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/**
 * Reads a regular file. Any other kind is refused: opening or reading a pipe may block for ever, and with it the run's
 * time limit.
 *
 * @throws an error without a code when it is not a regular file
 */
export function readRegularFile(path: string): { bytes: Buffer; stats: Stats } {
  // Without O_NONBLOCK, opening a pipe waits for its writer. Windows does not have it.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error('not a regular file');
    return { bytes: readFileSync(descriptor), stats };
  } finally {
    closeSync(descriptor);
  }
}
