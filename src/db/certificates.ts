import { DatabaseError } from '../errors.ts';
import { readCertificates } from '../util/pem.ts';
import type { TlsSettings } from './target.ts';

/**
 * Reads the certificate files.
 *
 * @throws DatabaseError when one cannot be read or used
 */
export function databaseCertificates(tls: TlsSettings) {
  return readCertificates(tls, (message, cause) => {
    return new DatabaseError(`${message} in the database URL`, 'other', { cause });
  });
}
