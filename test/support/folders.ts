import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder, which is removed with all others at the end of the test run.
 *
 * @param name is in the folder's name, to tell what left it
 */
export function emptyFolder(name = 'test'): string {
  return mkdtempSync(join(tmpdir(), `leaktally-${name}-`));
}

/** The path of a file for the state, in a folder of its own; nothing is there yet. */
export function newStateFile(): string {
  return join(emptyFolder(), 'state.db');
}
