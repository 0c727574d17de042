import { createSecureContext } from 'node:tls';
import { fileErrorReason } from './file-errors.ts';
import { readRegularFile } from './read-file.ts';

/** Paths of the PEM files of a TLS connection. */
export interface CertificatePaths {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

const KEY_FAULTS: Readonly<Record<string, string>> = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'do not belong together',
  ERR_OSSL_PEM_NO_START_LINE: 'must be in PEM format',
  ERR_OSSL_PEM_BAD_BASE64_DECODE: 'must be in PEM format',
  ERR_OSSL_BAD_DECRYPT: 'cannot be used: the key must have no passphrase',
};

/**
 * Reads the files; the result has the option names of Node.js and the drivers.
 *
 * @param fail creates the error to throw when a file cannot be read or used
 */
export function readCertificates(
  { ca, cert, key }: CertificatePaths,
  fail: (message: string, cause: unknown) => Error,
): { ca?: string; cert?: string; key?: string } {
  const read = (path: string) => {
    try {
      return readRegularFile(path).bytes.toString('utf8');
    } catch (error) {
      throw fail(`${path} cannot be read (${fileErrorReason(error)}); check the path`, error);
    }
  };
  const files = { ...(ca && { ca: read(ca) }), ...(cert && { cert: read(cert) }), ...(key && { key: read(key) }) };
  try {
    // Drivers let this end the process, in the middle of their handshake.
    if (cert && key) createSecureContext(files);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw fail(`${cert} and ${key} ${KEY_FAULTS[code] ?? `cannot be used (${message})`}; check the paths`, error);
  }
  return files;
}
