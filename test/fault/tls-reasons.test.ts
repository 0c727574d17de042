import { describe, expect, test } from 'vitest';
import { expectNoSecret, expectOneLineFailure } from '../support/command/expectations.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { type Certificate, createAuthority } from '../support/servers/certificates.ts';
import { ROOT_PASSWORD, startMariadb } from '../support/servers/mariadb.ts';
import { POSTGRES_PASSWORD } from '../support/servers/postgres.ts';
import { startPostgresWithTls } from '../support/servers/postgres-tls.ts';

const [authority, stranger] = [createAuthority('ours'), createAuthority('stranger')];

interface Case {
  readonly certificate?: () => Certificate;
  readonly isOld?: boolean;
  readonly ca?: string;
  /** Whether the servers' weakest modes, which check no certificate, refuse it too. */
  readonly always?: boolean;
  readonly says: RegExp;
}

const CASES: readonly (readonly [name: string, Case])[] = [
  ['TLS 1.1 at most', { isOld: true, always: true, says: /only TLS 1\.0 or 1\.1.*enable TLS 1\.2/ }],
  ['a certificate of another CA', { ca: stranger.cert, says: /not from a trusted CA; name the CA file/ }],
  ['a certificate for another host', { certificate: () => authority.issue('other.example'), says: /for another host/ }],
  ['an expired certificate', { certificate: () => authority.issueExpired('localhost'), says: /has expired; renew it/ }],
];

const SERVERS = {
  mysql: {
    password: ROOT_PASSWORD,
    user: 'root',
    start: ({ cert, key }: Certificate, isOld: boolean) =>
      startMariadb([
        ...[`--ssl-ca=${authority.cert}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`],
        ...(isOld ? ['--tls-version=TLSv1.1', '--ssl-cipher=DEFAULT@SECLEVEL=0'] : []),
      ]),
    parameters: (ca: string) => ({ 'ssl-mode': 'verify_identity', 'ssl-ca': ca }),
  },
  postgres: {
    password: POSTGRES_PASSWORD,
    user: 'postgres',
    start: (certificate: Certificate, isOld: boolean) =>
      startPostgresWithTls(
        certificate,
        authority,
        isOld
          ? ['ssl_min_protocol_version=TLSv1', 'ssl_max_protocol_version=TLSv1.1', 'ssl_ciphers=DEFAULT@SECLEVEL=0']
          : [],
      ),
    parameters: (ca: string) => ({ sslmode: 'verify-full', sslrootcert: ca }),
  },
} as const;

describe.each(['mysql', 'postgres'] as const)('%s', (scheme) => {
  test.each(CASES)(
    '%s: one line says which it is and what to do',
    async (_, { certificate, isOld, ca, always, says }) => {
      const { start, parameters, password, user } = SERVERS[scheme];
      const server = await start((certificate ?? (() => authority.issue('localhost')))(), isOld ?? false);
      try {
        const strict = parameters(ca ?? authority.cert);
        // Nor is the connection made without TLS then, which the server would accept.
        for (const query of always ? [strict, {}] : [strict]) {
          const url = `${scheme}://${user}@localhost:${server.port}/mysql?${new URLSearchParams(query)}`;
          const result = await leaktally(['--database', url, '--dry-run'], {
            env: { LEAKTALLY_DATABASE_PASSWORD: password },
          });
          expectOneLineFailure(result, says);
          expectNoSecret(result, password);
          expect(result.stderr).not.toMatch(/SSL routines|error:0A/);
        }
      } finally {
        await server.stop();
      }
    },
  );
});
