import { DatabaseError, type DatabaseFault } from '../../errors.ts';
import { networkCode } from '../../util/network-advice.ts';
import { sanitize } from '../../util/text.ts';
import { CONNECTION_LOST, SERVER_ADVICE } from '../server-advice.ts';
import { formatServer, type ServerTarget } from '../target.ts';

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly message?: string;
  readonly sqlMessage?: string;
}

// Numbers: MySQL 8.0 error message reference; 1969 is MariaDB's statement limit.
const ADVICE_BY_NUMBER: Readonly<Record<number, readonly [advice: string, fault?: DatabaseFault]>> = {
  1040: ['the server has run out of connections; try again, or raise max_connections'],
  1044: ['the user has no access to this database; check its name and the grants', 'denied'],
  1045: ['check the user and the password (LEAKTALLY_DATABASE_PASSWORD, LEAKTALLY_STATE_PASSWORD)'],
  1049: ['check the database name at the end of the URL'],
  1054: ['is this the Scrutinizer database, and do the state tables match leaktally --print-schema?'],
  1130: ['the server does not accept connections from this host; create an account for it'],
  1142: ['ask for the grants that leaktally --print-schema prints', 'denied'],
  1143: ['ask for the grants that leaktally --print-schema prints', 'denied'],
  1146: ['is this the Scrutinizer database? Check the database name at the end of the URL', 'missing'],
  1205: ['another session has locked the state table; the next run will try again'],
  1213: ['another session has locked the state table; the next run will try again'],
  1290: ['the server is read-only; keep the state elsewhere with --state', 'denied'],
  1698: ['check the user and the password (LEAKTALLY_DATABASE_PASSWORD, LEAKTALLY_STATE_PASSWORD)'],
  1969: ['the statement took longer than --timeout; a shorter --window or an index on epoch helps'],
  3024: ['the statement took longer than --timeout; a shorter --window or an index on epoch helps'],
};

const ADVICE_BY_CODE: Readonly<Record<string, string>> = {
  ...SERVER_ADVICE,
  PROTOCOL_CONNECTION_LOST: CONNECTION_LOST,
  HANDSHAKE_NO_SSL_SUPPORT: 'the server does not support TLS; enable it there, or use ssl-mode=preferred or disabled',
  HANDSHAKE_SSL_ERROR: "the TLS handshake failed; check ssl-mode, ssl-ca and the server's certificate",
};

/** Names the server, quotes its error and adds advice. Omits the statement, which may contain values from the database. */
export function explainMysqlError(error: unknown, target: ServerTarget): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code = '', errno = 0, message = '', sqlMessage } = error as DriverError;
  const server = formatServer(target);
  const [advice, fault] = ADVICE_BY_NUMBER[errno] ?? [];
  const replacement = ADVICE_BY_CODE[networkCode(error)] ?? ADVICE_BY_CODE[code];
  const text = sanitize(sqlMessage ?? message);
  if (advice) return new DatabaseError(`${server}: ${text}; ${advice}`, fault, { cause: error });
  if (replacement) return new DatabaseError(`${server}: ${replacement}`, 'other', { cause: error });
  return new DatabaseError(`${server}: ${text || code}`, 'other', { cause: error });
}
