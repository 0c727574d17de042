import { DatabaseError, type DatabaseFault } from '../../errors.ts';
import { networkCode } from '../../util/network-advice.ts';
import { sanitize } from '../../util/text.ts';
import { CONNECTION_LOST, SERVER_ADVICE } from '../server-advice.ts';
import { formatServer, type ServerTarget } from '../target.ts';

const PASSWORD = 'check the user and the password (LEAKTALLY_DATABASE_PASSWORD, LEAKTALLY_STATE_PASSWORD)';
const GRANTS = 'ask for the grants that leaktally --print-schema prints';

// Codes: PostgreSQL manual, appendix A.
const ADVICE_BY_SQLSTATE: Readonly<Record<string, readonly [advice: string, fault?: DatabaseFault]>> = {
  '28P01': [PASSWORD],
  '28000': [`${PASSWORD}, and pg_hba.conf`],
  '3D000': ['check the database name at the end of the URL'],
  '42P01': [`is this the Scrutinizer database? Set the schema with --events-schema, or ${GRANTS}`, 'missing'],
  '3F000': ['check the schema in --state-table and --events-schema', 'missing'],
  '42703': ['is this the Scrutinizer database, and do the state tables match leaktally --print-schema?'],
  '42501': [GRANTS, 'denied'],
  '25006': ['the server is read-only; keep the state elsewhere with --state', 'denied'],
  '53300': ['the server has run out of connections; try again, or raise max_connections'],
  '55P03': ['another session has locked a table; the next run will try again'],
  '57014': ['the statement was cancelled or took longer than --timeout; a shorter --window or an index on epoch helps'],
  '57P01': [CONNECTION_LOST],
  '57P02': [CONNECTION_LOST],
  '57P03': ['the server is starting up or shutting down; the next run will try again'],
};

/** Names the server, quotes its error and adds advice. */
export function explainPostgresError(error: unknown, target: ServerTarget): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const [advice, fault] = ADVICE_BY_SQLSTATE[code] ?? [];
  const replacement = SERVER_ADVICE[networkCode(error)] ?? adviceByMessage(message);
  const text = advice ? `${sanitize(message)}; ${advice}` : (replacement ?? (sanitize(message) || code));
  return new DatabaseError(`${formatServer(target)}: ${text}`, fault, { cause: error });
}

/** The driver's own errors have no code. */
function adviceByMessage(message: string): string | undefined {
  if (/client password must be/.test(message)) return `the server asks for a password; ${PASSWORD}`;
  if (/timeout expired/.test(message)) return SERVER_ADVICE.ETIMEDOUT;
  if (/Connection terminated|Client has encountered a connection error/.test(message)) return CONNECTION_LOST;
  if (/does not support SSL/.test(message))
    return 'the server does not support TLS; enable it there, or use sslmode=prefer or disable';
  return undefined;
}
