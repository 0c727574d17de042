import { DatabaseError } from '../../errors.ts';
import { NO_ANSWER } from '../../util/network-advice.ts';
import { sanitize } from '../../util/text.ts';
import {
  type Advice,
  CHECK_ACCOUNT,
  CHECK_DATABASE_NAME,
  CHECK_PASSWORD,
  CONNECTION_LOST,
  connectionCode,
  GRANTS_MISSING,
  MISSING_SCHEMA,
  STATE_ELSEWHERE,
  serverAdvice,
  TRY_AGAIN,
  TWO_CONNECTIONS,
} from '../server-advice.ts';
import { formatServer, type ServerTarget } from '../target.ts';

const IS_SCRUTINIZER = 'check that this is the Scrutinizer database';
const BROKEN_VIEW = 'a view or a function behind it may be broken; ask its owner to repair it';
const REMOTE = 'a foreign table cannot be read; check the server that it stands for';
const ENCODING = "the database's encoding cannot hold a character of --policy or of the data";

// Codes: PostgreSQL manual, appendix A.
const ADVICE_BY_SQLSTATE: Readonly<Record<string, Advice>> = {
  '08001': [REMOTE],
  '08006': [REMOTE],
  '0A000': ['if this is a pooler or a standby, use the port of the server itself'],
  '22021': [ENCODING],
  '22P05': [ENCODING],
  '25006': [
    `the server is a standby, or default_transaction_read_only is on for this account; ${STATE_ELSEWHERE}`,
    'denied',
  ],
  '25P03': [CONNECTION_LOST],
  '28000': [`${CHECK_PASSWORD}, that the account may log in, and pg_hba.conf`],
  '28P01': [`${CHECK_ACCOUNT}, and that the password has not expired`],
  '3D000': [CHECK_DATABASE_NAME],
  '3F000': [MISSING_SCHEMA, 'missing'],
  '40001': [`a standby needed the rows for replication, or another session changed them; ${TRY_AGAIN}`],
  '40P01': [`another session has locked a table; ${TRY_AGAIN}`, 'conflict'],
  '42501': [GRANTS_MISSING, 'denied'],
  '42703': [`${IS_SCRUTINIZER}, and the state tables against leaktally --print-schema`],
  '42809': [BROKEN_VIEW],
  '42883': [BROKEN_VIEW],
  '42P01': [
    `${IS_SCRUTINIZER}, set its schema with --events-schema; the state tables are in the script that leaktally --print-schema prints`,
    'missing',
  ],
  '53100': [`the disk of the server is full; ${TRY_AGAIN}`],
  '53300': [`the server has no connection left for this account (${TWO_CONNECTIONS})`],
  '55P03': [`another session has locked a table; ${TRY_AGAIN}`],
  '57014': ['the statement was cancelled or took longer than --timeout; a shorter --window or an index on epoch helps'],
  '57P01': [CONNECTION_LOST],
  '57P02': [CONNECTION_LOST],
  '57P03': [`the server is starting up or shutting down; ${TRY_AGAIN}`],
  '57P05': [CONNECTION_LOST],
  HV000: [REMOTE],
};

const ADVICE_BY_CODE: Readonly<Record<string, string>> = {
  ...serverAdvice({ unencrypted: 'do without encryption with sslmode=disable', certificate: 'sslcert and sslkey' }),
  ENOTDIR: 'the socket parameter in the URL is a file; give the folder in which the socket is',
};

const NO_POSTGRES = 'what answers there is not PostgreSQL; check host and port (MySQL and MariaDB: use mysql://)';

// The driver's own errors have no code, and those of poolers have one of all protocol violations.
const ADVICE_BY_MESSAGE: readonly (readonly [message: RegExp, advice: string])[] = [
  [/client password must be/, `the server asks for a password; ${CHECK_PASSWORD}`],
  [/timeout expired/, NO_ANSWER],
  [/Connection terminated|Client has encountered a connection error/, CONNECTION_LOST],
  [/does not support SSL/, 'the server does not support TLS; enable it there, or use sslmode=prefer or disable'],
  [/error establishing an SSL connection|Received unexpected|Unknown authentication|Unexpected message/, NO_POSTGRES],
  [
    /transaction blocks not allowed in statement pooling mode/,
    'this is pgbouncer in statement mode; use its transaction mode, or the port of the server itself (usually 5432)',
  ],
];

/** Names the server, quotes its error and adds advice. */
export function explainPostgresError(error: unknown, target: ServerTarget): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const [advice, fault] = ADVICE_BY_SQLSTATE[code] ?? [];
  const replacement =
    ADVICE_BY_CODE[connectionCode(error, target)] ?? ADVICE_BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
  const text = advice ? `${sanitize(message)}; ${advice}` : (replacement ?? (sanitize(message) || code));
  return new DatabaseError(`${formatServer(target)}: ${text}`, fault, { cause: error });
}
