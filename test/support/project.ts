import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the checkout, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param path relative to the root of the checkout */
export function readProjectFile(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

export const { version: VERSION } = JSON.parse(readProjectFile('package.json')) as { readonly version: string };
