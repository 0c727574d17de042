import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder } from '../folders.ts';
import { OPENSSL } from './install.ts';

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority for one test run. */
export interface Authority extends Certificate {
  /** @param name DNS name of a server; anything for a client */
  issue(name: string): Certificate;
  /** The same, but it expired yesterday. */
  issueExpired(name: string): Certificate;
}

export function createAuthority(name: string): Authority {
  const folder = emptyFolder('certificates');
  const authority = request(folder, name, ['basicConstraints=critical,CA:TRUE', 'keyUsage=keyCertSign']);
  const signature = ['-CA', authority.cert, '-CAkey', authority.key];
  const issue = (host: string, issuer: readonly string[] = signature) =>
    request(folder, host, ['basicConstraints=CA:FALSE', `subjectAltName=DNS:${host}`], issuer);
  return {
    ...authority,
    issue: (host) => issue(host),
    issueExpired: (host) => {
      // Only what is signed by itself can be signed anew with other dates.
      const { cert, key } = issue(host, []);
      const expired = join(folder, `${host}-expired.pem`);
      execFileSync(OPENSSL.binary, ['x509', '-in', cert, '-days', '-1', ...signature, '-out', expired], {
        stdio: 'pipe',
      });
      return { cert: expired, key };
    },
  };
}

function request(
  folder: string,
  name: string,
  extensions: readonly string[],
  issuer: readonly string[] = [],
): Certificate {
  const [config, cert, key] = ['cnf', 'pem', 'key'].map((end) => join(folder, `${name}.${end}`)) as [
    string,
    string,
    string,
  ];
  writeFileSync(config, `[req]\ndistinguished_name=name\n[name]\n[extensions]\n${extensions.join('\n')}\n`);
  const form = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-config', config, '-extensions', 'extensions'];
  execFileSync(OPENSSL.binary, ['req', ...form, '-subj', `/CN=${name}`, ...issuer, '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  return { cert, key };
}
