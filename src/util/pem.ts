import { readFileSync } from 'node:fs';

/** Paths of the PEM files of a TLS connection. */
export interface CertificatePaths {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

/**
 * Reads the files; the result has the option names of Node.js and the drivers.
 *
 * @param fail creates the error to throw when a file cannot be read
 */
export function readCertificates(
  { ca, cert, key }: CertificatePaths,
  fail: (message: string, cause: unknown) => Error,
): { ca?: string; cert?: string; key?: string } {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw fail(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}); check the path`, error);
    }
  };
  return { ...(ca && { ca: read(ca) }), ...(cert && { cert: read(cert) }), ...(key && { key: read(key) }) };
}
