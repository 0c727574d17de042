import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout, which ends with a slash. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param path from the folder of the checkout on */
export function readProjectFile(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

export const { version: VERSION } = JSON.parse(readProjectFile('package.json')) as { readonly version: string };
