import { DatabaseError } from '../../errors.ts';
import { sanitize } from '../../util/text.ts';
import {
  type Advice,
  CHECK_ACCOUNT,
  CHECK_DATABASE_NAME,
  CONNECTION_LOST,
  connectionCode,
  GRANTS_MISSING,
  STATE_ELSEWHERE,
  serverAdvice,
  TRY_AGAIN,
  TWO_CONNECTIONS,
} from '../server-advice.ts';
import { formatServer, type ServerTarget } from '../target.ts';

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly message?: string;
  readonly sqlMessage?: string;
  readonly cause?: DriverError;
}

/** Code of a connection that was accepted by something that never sent a greeting. */
export const SILENT_SERVER = 'SILENT_SERVER';

const IS_SCRUTINIZER =
  'check that this is the Scrutinizer database, and the state tables against leaktally --print-schema';
const LOCKED = `another session has locked the state table; ${TRY_AGAIN}`;
const TOO_SLOW = 'the statement took longer than --timeout; a shorter --window or an index on epoch helps';
const EXPIRED = 'the password has expired; set a new one for this account, or let it never expire';
const ACCOUNT_LOCKED = 'the account is locked; ask an administrator to unlock it';
const BROKEN_VIEW = 'a view is broken; ask its owner to repair it';
const FULL = `the disk or the tablespace of the server is full; ${TRY_AGAIN}`;

// Numbers: MySQL's error message reference; from 1900 to 1999 and from 4000 on, MariaDB's error codes.
const ADVICE_BY_NUMBER: Readonly<Record<number, Advice>> = {
  1021: [FULL],
  1040: ['the server has run out of connections; try again, or raise max_connections'],
  1044: [
    'the user has no access to this database; check its name and the grants that leaktally --print-schema prints',
    'denied',
  ],
  1045: [CHECK_ACCOUNT],
  1049: [CHECK_DATABASE_NAME],
  1053: [CONNECTION_LOST],
  1054: [IS_SCRUTINIZER],
  1104: ['an index on epoch helps, or a shorter --window'],
  1114: [FULL],
  1129: ['run "mariadb-admin flush-hosts" (or mysqladmin) on the server'],
  1130: ['the server does not accept connections from this host; create an account for it'],
  1142: [GRANTS_MISSING, 'denied'],
  1143: [GRANTS_MISSING, 'denied'],
  1146: ['check that this is the Scrutinizer database, named at the end of the URL', 'missing'],
  1153: ['raise max_allowed_packet on the server'],
  1184: ['ask an administrator whether a statement of init_connect fails for this account'],
  1203: [TWO_CONNECTIONS],
  1205: [LOCKED],
  1213: [LOCKED, 'conflict'],
  1226: [TWO_CONNECTIONS],
  1235: [`a cluster such as Galera has no locks; ${STATE_ELSEWHERE}`],
  1251: ['create the account with a plug-in that this program knows, such as mysql_native_password'],
  1290: [`an option of the server forbids it, such as read_only; ${STATE_ELSEWHERE}`, 'denied'],
  1317: [`the statement was cancelled; ${TRY_AGAIN}`],
  1356: [BROKEN_VIEW],
  1449: [BROKEN_VIEW],
  1665: [`set binlog_format to ROW or MIXED, or ${STATE_ELSEWHERE}`],
  1698: [CHECK_ACCOUNT],
  1792: [`the account may only read; ${STATE_ELSEWHERE}`],
  1820: [EXPIRED],
  1836: [`the server is read-only; ${STATE_ELSEWHERE}`, 'denied'],
  1862: [EXPIRED],
  1927: [CONNECTION_LOST],
  1969: [TOO_SLOW, 'timeout'],
  3024: [TOO_SLOW, 'timeout'],
  3032: [`the server is offline (offline_mode); ${TRY_AGAIN}`],
  3100: [`a plug-in of the server, such as group replication, forbids it; ${STATE_ELSEWHERE}`],
  3118: [ACCOUNT_LOCKED],
  3159: ['the server wants TLS; use ssl-mode=required, verify_ca or verify_identity'],
  4031: [CONNECTION_LOST],
  4151: [ACCOUNT_LOCKED],
};

const ADVICE_BY_CODE: Readonly<Record<string, string>> = {
  ...serverAdvice({
    unencrypted: 'do without encryption with ssl-mode=disabled',
    certificate: 'ssl-cert and ssl-key',
  }),
  PROTOCOL_CONNECTION_LOST: CONNECTION_LOST,
  HANDSHAKE_NO_SSL_SUPPORT: 'the server does not support TLS; enable it there, or use ssl-mode=preferred or disabled',
  HANDSHAKE_SSL_ERROR: "the TLS handshake failed; check ssl-mode, ssl-ca and the server's certificate",
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: unknownPlugin('mysql_clear_password (PAM, LDAP)'),
  [SILENT_SERVER]:
    'connected, but no greeting came; check that this is the port of a MySQL or MariaDB server (PostgreSQL: use postgres://)',
};

/** Names the server, quotes its error and adds advice. Omits the statement, which may contain values from the database. */
export function explainMysqlError(error: unknown, target: ServerTarget): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code = '', errno = 0, message = '', sqlMessage } = error as DriverError;
  const server = formatServer(target);
  const [advice, fault] = ADVICE_BY_NUMBER[errno] ?? [];
  const replacement = replacementFor(error as DriverError, target);
  const text = sanitize(sqlMessage ?? message);
  if (advice) return new DatabaseError(`${server}: ${text}; ${advice}`, fault, { cause: error });
  if (replacement) return new DatabaseError(`${server}: ${replacement}`, 'other', { cause: error });
  return new DatabaseError(`${server}: ${text || code}`, 'other', { cause: error });
}

/** Advice that stands for the whole error: one in a handshake has the telling code in its cause, others none or the driver's. */
function replacementFor(error: DriverError, target: ServerTarget): string | undefined {
  return (
    ADVICE_BY_CODE[connectionCode(error.cause ?? error, target)] ??
    adviceByMessage(error.message ?? '') ??
    ADVICE_BY_CODE[error.code ?? '']
  );
}

/** Some of the driver's own errors have no code, or the same one. */
function adviceByMessage(message: string): string | undefined {
  const plugin = /unknown plugin (\w+)/.exec(message)?.[1];
  if (plugin) return unknownPlugin(plugin);
  return /in closed state/.test(message) ? CONNECTION_LOST : undefined;
}

function unknownPlugin(name: string): string {
  return `the account logs in with ${name}, which this program does not know; create one with mysql_native_password or caching_sha2_password for it`;
}
