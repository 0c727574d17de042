import { parseDuration } from '../units.ts';
import type { DatabaseTarget, ServerTarget } from './target.ts';

const PARAMETERS = ['socket', 'connect-timeout'];
const DEFAULT_PORT = 3306;
const DEFAULT_CONNECT_TIMEOUT_SECONDS = 10;

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
  const connectTimeoutSeconds = parseDuration(
    url.searchParams.get('connect-timeout') ?? `${DEFAULT_CONNECT_TIMEOUT_SECONDS}s`,
  );
  const unknown = [...url.searchParams.keys()].some((name) => !PARAMETERS.includes(name));
  if (unknown) return `has a parameter that is not known; there are: ${PARAMETERS.join(', ')}`;
  if (!connectTimeoutSeconds) return 'has a connect-timeout that is not a duration such as 10s';
  return {
    kind: 'mysql',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: Number(url.port || DEFAULT_PORT),
    user,
    password: password ?? urlPassword,
    database,
    socket: url.searchParams.get('socket'),
    connectTimeoutSeconds,
  } satisfies ServerTarget;
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
