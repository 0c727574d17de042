import { parseDuration } from '../units.ts';
import { type DatabaseTarget, type ServerTarget, TLS_MODES, type TlsSettings } from './target.ts';

const PARAMETERS = ['socket', 'connect-timeout', 'ssl-mode', 'ssl-ca', 'ssl-cert', 'ssl-key'];
const DEFAULT_PORT = 3306;
const DEFAULT_CONNECT_TIMEOUT = '10s';

/**
 * Takes a database URL apart.
 *
 * @param password beats the one in the URL when given
 * @returns the target, or in words what is wrong; never repeats a part of the URL that might be a piece of a password
 */
export function parseDatabaseUrl(text: string, password?: string): DatabaseTarget | string {
  if (text.startsWith('sqlite:')) {
    const file = text.slice('sqlite:'.length);
    return file === '' ? 'names no file: use sqlite:<file>' : { kind: 'sqlite', file };
  }
  if (/^postgres(ql)?:/i.test(text))
    return 'PostgreSQL is not supported yet; use mysql://, mariadb:// or sqlite:<file>';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') {
    return 'must start with mysql://, mariadb:// or sqlite:';
  }
  // A raw # / ? or @ in a password moves the rest of it into another part of the URL.
  const database = decode(url?.pathname.slice(1));
  const [user, urlPassword] = [decode(url?.username), decode(url?.password)];
  if (!url || database === null || user === null || urlPassword === null || url.hash || /[/@]/.test(database)) {
    return 'is not a valid URL such as mysql://user@host:3306/plixer; percent-encode special characters in it, or put the password into the ..._PASSWORD variable';
  }
  if (database === '') return 'names no database: use mysql://user@host:3306/plixer';
  if (user === '') return 'names no user: use mysql://user@host:3306/plixer';
  const parameters = url.searchParams;
  const unknown = [...parameters.keys()].some((name) => !PARAMETERS.includes(name));
  if (unknown) return `has a parameter that is not known; there are: ${PARAMETERS.join(', ')}`;
  const connectTimeoutSeconds = parseDuration(parameters.get('connect-timeout') ?? DEFAULT_CONNECT_TIMEOUT);
  if (!connectTimeoutSeconds) return 'has a connect-timeout that is not a duration such as 10s';
  const socket = parameters.get('socket');
  const tls = parseTls(parameters, socket !== null);
  if (typeof tls === 'string') return tls;
  return {
    kind: 'mysql',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: Number(url.port || DEFAULT_PORT),
    user,
    password: password ?? urlPassword,
    database,
    socket,
    connectTimeoutSeconds,
    tls,
  } satisfies ServerTarget;
}

/** The defaults are those of MySQL's clients: TLS where the server offers it, none over a local socket. */
function parseTls(parameters: URLSearchParams, isLocal: boolean): TlsSettings | string {
  const name = (parameters.get('ssl-mode') ?? (isLocal ? 'disabled' : 'preferred')).toLowerCase();
  const mode = TLS_MODES.find((known) => known === name);
  const [ca, cert, key] = [parameters.get('ssl-ca'), parameters.get('ssl-cert'), parameters.get('ssl-key')];
  if (!mode) return `has an ssl-mode that is not one of ${TLS_MODES.join(', ')}`;
  if ((cert === null) !== (key === null)) return 'needs both ssl-cert and ssl-key, or neither';
  if (ca !== null && !mode.startsWith('verify_'))
    return 'has an ssl-ca, which only ssl-mode=verify_ca and verify_identity use';
  return { mode, ca, cert, key };
}

/** Does this URL, right or wrong, carry something that may be a password? */
export function carriesPassword(text: string): boolean {
  return URL.canParse(text) ? new URL(text).password !== '' : /\/\/[^/@]*:[^@]*@/.test(text);
}

function decode(text: string | undefined): string | null {
  try {
    return decodeURIComponent(text ?? '');
  } catch {
    return null;
  }
}
