import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder } from '../folders.ts';
import { type MmdbShape, type MmdbValue, mmdb } from './mmdb.ts';

/** Writes bytes into a file of their own. @returns its path */
export function mmdbFile(bytes: Buffer): string {
  const path = join(emptyFolder('mmdb'), 'test.mmdb');
  writeFileSync(path, bytes);
  return path;
}

/** The path of a new MaxMind DB file with these records. */
export function mmdbFileOf(records: Readonly<Record<string, MmdbValue>>, shape?: MmdbShape): string {
  return mmdbFile(mmdb(records, shape));
}
