import { DatabaseError } from '../errors.ts';
import { readCertificates } from '../util/pem.ts';
import type { TlsSettings } from './target.ts';

/**
 * Reads the certificate files.
 *
 * @throws DatabaseError when one cannot be read or used
 */
export function databaseCertificates(tls: TlsSettings) {
  return readCertificates(tls, unusable);
}

/** @throws DatabaseError when the file cannot be read */
export function readPem(path: string): string {
  return readCertificates({ ca: path, cert: null, key: null }, unusable).ca ?? '';
}

function unusable(message: string, cause: unknown): DatabaseError {
  return new DatabaseError(`${message} in the database URL`, 'other', { cause });
}
