import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Creates a folder; all of them are removed at the end of the test run.
 *
 * @param name part of the folder's name, to tell whose it is
 */
export function emptyFolder(name = 'test'): string {
  return mkdtempSync(join(tmpdir(), `leaktally-${name}-`));
}

/** The path for a new state file, in a folder of its own. */
export function newStateFile(): string {
  return join(emptyFolder(), 'state.db');
}
