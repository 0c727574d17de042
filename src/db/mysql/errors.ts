import { DatabaseError, type DatabaseFault } from '../../errors.ts';
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
const BY_NUMBER: Readonly<Record<number, readonly [advice: string, fault?: DatabaseFault]>> = {
  1040: ['the server has no connection left; try again, or raise max_connections'],
  1044: ['the user may not use this database; check its name and grants', 'denied'],
  1045: ['check the user and the password (LEAKTALLY_DATABASE_PASSWORD, LEAKTALLY_STATE_PASSWORD)'],
  1049: ['check the database name at the end of the URL'],
  1054: ['is this the Scrutinizer database, and are the state tables those of leaktally --print-schema?'],
  1130: ['this host may not connect; create the account for it'],
  1142: ['ask for the grants that leaktally --print-schema prints', 'denied'],
  1143: ['ask for the grants that leaktally --print-schema prints', 'denied'],
  1146: ['is this the Scrutinizer database? Check the database name at the end of the URL', 'missing'],
  1205: ['another session locks the state table; the next run tries again'],
  1213: ['another session locks the state table; the next run tries again'],
  1290: ['the server is read-only; keep the state elsewhere with --state', 'denied'],
  1698: ['check the user and the password (LEAKTALLY_DATABASE_PASSWORD, LEAKTALLY_STATE_PASSWORD)'],
  1969: ['the statement took longer than --timeout; a shorter --window or an index on epoch helps'],
  3024: ['the statement took longer than --timeout; a shorter --window or an index on epoch helps'],
};

const BY_CODE: Readonly<Record<string, string>> = {
  ...SERVER_ADVICE,
  PROTOCOL_CONNECTION_LOST: CONNECTION_LOST,
  HANDSHAKE_NO_SSL_SUPPORT: 'the server offers no TLS; set it up there, or use ssl-mode=preferred or disabled',
  HANDSHAKE_SSL_ERROR: 'TLS failed; check ssl-mode, ssl-ca and the certificate of the server',
};

/** Says which server, what it said and what to do. The statement is left out: it holds values from the database. */
export function explainMysqlError(error: unknown, target: ServerTarget): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code = '', errno = 0, message = '', sqlMessage } = error as DriverError;
  const server = formatServer(target);
  const numbered = BY_NUMBER[errno];
  const network = BY_CODE[code];
  const said = sanitize(sqlMessage ?? message);
  if (numbered) return new DatabaseError(`${server}: ${said}; ${numbered[0]}`, numbered[1], { cause: error });
  if (network) return new DatabaseError(`${server}: ${network}`, 'other', { cause: error });
  return new DatabaseError(`${server}: ${said || code}`, 'other', { cause: error });
}
