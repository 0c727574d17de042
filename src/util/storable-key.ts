import { createHash } from 'node:crypto';

/** A key of text that any database can hold and compare. */
const PLAIN_KEY = /^[ -"$-~]*$/;

/**
 * Makes a key that is the same in every database, whatever letters its character set has: plain ASCII stays as it is,
 * other text becomes readable ASCII with a hash, which no plain key can look like.
 */
export function storableKey(key: string): string {
  if (PLAIN_KEY.test(key)) return key;
  return `${key.replace(/[^ -"$-~]+/g, '?')}#${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}
