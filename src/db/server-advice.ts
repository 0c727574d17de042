import type { DatabaseFault } from '../errors.ts';
import { networkAdvice, networkCode } from '../util/network-advice.ts';
import type { ServerTarget } from './target.ts';

/** What to do about an error of a server, and its kind. */
export type Advice = readonly [advice: string, fault?: DatabaseFault];

export const CONNECTION_LOST = 'the server closed the connection; its log says why';
export const CHECK_PASSWORD = 'check the user and the password (LEAKTALLY_DATABASE_PASSWORD, LEAKTALLY_STATE_PASSWORD)';
export const CHECK_ACCOUNT = `${CHECK_PASSWORD}, and that there is such an account (leaktally --print-schema prints how to create it)`;
/** Follows an error of the server that names what is denied. */
export const GRANTS_MISSING = 'the grants for it are missing: run the script that leaktally --print-schema prints';
export const MISSING_SCHEMA =
  'check the schema in --state-table and --events-schema; the script that leaktally --print-schema prints creates that of --state-table';
export const CHECK_DATABASE_NAME = 'check the database name at the end of the URL';
export const TRY_AGAIN = 'the next run will try again';
export const STATE_ELSEWHERE = 'keep the state elsewhere with --state';
export const TWO_CONNECTIONS = `a run needs two connections, to read events and to keep state: raise the limit, or ${STATE_ELSEWHERE}`;

/** Names of URL parameters, which differ between servers. */
interface UrlParameters {
  readonly unencrypted: string;
  readonly certificate: string;
}

const SOCKET_REFUSED = 'SOCKET_REFUSED';

/** Code of an error in a connection; one of our own where a local socket was refused, not a port. */
export function connectionCode(error: unknown, { socket }: ServerTarget): string {
  const code = networkCode(error);
  return code === 'ECONNREFUSED' && socket !== null ? SOCKET_REFUSED : code;
}

/** Advice on errors in the connection to a database server, by error code. */
export function serverAdvice(parameters: UrlParameters): Readonly<Record<string, string>> {
  return {
    ...networkAdvice({
      ...parameters,
      refused: 'check that the server runs, and host and port',
      closed: CONNECTION_LOST,
      otherHost: 'check the host name in the URL',
      untrusted: 'name the CA file in the URL',
    }),
    [SOCKET_REFUSED]: 'no server listens at this socket; check that it runs, and the socket parameter in the URL',
    ENOENT: 'there is no such socket; check the socket parameter in the URL',
    EACCES: 'no access to the socket; check its permissions',
  };
}
