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
}

export function createAuthority(name: string): Authority {
  const folder = emptyFolder('certificates');
  const authority = request(folder, name, ['basicConstraints=critical,CA:TRUE', 'keyUsage=keyCertSign']);
  return {
    ...authority,
    issue: (host) =>
      request(
        folder,
        host,
        ['basicConstraints=CA:FALSE', `subjectAltName=DNS:${host}`],
        ['-CA', authority.cert, '-CAkey', authority.key],
      ),
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
