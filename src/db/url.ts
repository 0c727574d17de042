import { isIP } from 'node:net';
import { parseTimeout } from '../util/units.ts';
import type { DatabaseTarget, ServerTarget, TlsMode, TlsSettings } from './target.ts';

/** Differences between the servers' URLs. Parameters have the names that each server's own clients use. */
interface Scheme {
  readonly kind: ServerTarget['kind'];
  readonly example: string;
  readonly port: number;
  readonly tlsMode: string;
  readonly tlsModes: Readonly<Record<string, TlsMode>>;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Parameter for the server's RSA key; null where there is no such thing. */
  readonly serverPublicKey: string | null;
}

const MYSQL: Scheme = {
  kind: 'mysql',
  example: 'mysql://user@host:3306/plixer',
  port: 3306,
  tlsMode: 'ssl-mode',
  tlsModes: {
    disabled: 'disabled',
    preferred: 'preferred',
    required: 'required',
    verify_ca: 'verify-ca',
    verify_identity: 'verify-host',
  },
  ca: 'ssl-ca',
  cert: 'ssl-cert',
  key: 'ssl-key',
  serverPublicKey: 'server-public-key',
};

const POSTGRES: Scheme = {
  kind: 'postgres',
  example: 'postgres://user@host:5432/plixer',
  port: 5432,
  tlsMode: 'sslmode',
  tlsModes: {
    disable: 'disabled',
    prefer: 'preferred',
    require: 'required',
    'verify-ca': 'verify-ca',
    'verify-full': 'verify-host',
  },
  ca: 'sslrootcert',
  cert: 'sslcert',
  key: 'sslkey',
  serverPublicKey: null,
};

const SCHEMES: Readonly<Record<string, Scheme>> = {
  'mysql:': MYSQL,
  'mariadb:': MYSQL,
  'postgres:': POSTGRES,
  'postgresql:': POSTGRES,
};

const DEFAULT_CONNECT_TIMEOUT = '10s';

/**
 * Parses a database URL.
 *
 * @param password overrides the one in the URL
 * @returns the target, or what is wrong with the URL; never quotes a part that might belong to a password
 */
export function parseDatabaseUrl(text: string, password?: string): DatabaseTarget | string {
  if (text.startsWith('sqlite:')) {
    // In a URL, slashes stand before a drive letter of Windows.
    const file = text.slice('sqlite:'.length).replace(/^\/+(?=[A-Za-z]:[\\/])/, '');
    return file === '' ? 'names no file; use sqlite:<file>' : { kind: 'sqlite', file };
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  const scheme = SCHEMES[/^\w+:/.exec(text)?.[0].toLowerCase() ?? ''];
  if (!scheme) return 'must start with mysql://, mariadb://, postgres:// or sqlite:';
  const database = decode(url?.pathname.slice(1));
  const [user, urlPassword] = [decode(url?.username), decode(url?.password)];
  // An unencoded # / ? or @ in a password pushes the rest of it into another part of the URL.
  if (
    !url ||
    database === null ||
    user === null ||
    urlPassword === null ||
    url.hash ||
    url.port === '0' ||
    /[/@]/.test(database)
  ) {
    return `is not a valid URL such as ${scheme.example}; percent-encode special characters in it, or put the password into the ..._PASSWORD variable`;
  }
  if (database === '') return `names no database; use ${scheme.example}`;
  if (user === '') return `names no user; use ${scheme.example}`;

  const parameters = url.searchParams;
  const { tlsMode, ca, cert, key, serverPublicKey } = scheme;
  const known = ['socket', 'connect-timeout', tlsMode, ca, cert, key, ...(serverPublicKey ? [serverPublicKey] : [])];
  const unknown = [...parameters.keys()].some((name) => !known.includes(name));
  if (unknown) return `has an unknown parameter; it takes ${known.join(', ')}`;
  const connectTimeoutSeconds = parseTimeout(parameters.get('connect-timeout') ?? DEFAULT_CONNECT_TIMEOUT);
  if (!connectTimeoutSeconds) return 'has a connect-timeout that is not a duration from 1s to 24h';
  const socket = parameters.get('socket');
  const tls = parseTls(scheme, parameters, socket !== null);
  if (typeof tls === 'string') return tls;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost';
  if (scheme === MYSQL && tls.mode === 'verify-host' && isIP(host)) {
    // The driver would silently check the certificate against another name.
    return 'has an IP address as its host, which ssl-mode=verify_identity cannot check; use the host name, or verify_ca';
  }
  return {
    kind: scheme.kind,
    host,
    port: Number(url.port || scheme.port),
    user,
    password: password ?? urlPassword,
    database,
    socket,
    connectTimeoutSeconds,
    tls,
    serverPublicKey: serverPublicKey && parameters.get(serverPublicKey),
  };
}

/** Defaults are those of the servers' own clients: TLS if the server supports it, none over a local socket. */
function parseTls(scheme: Scheme, parameters: URLSearchParams, isLocal: boolean): TlsSettings | string {
  const [ca, cert, key] = [scheme.ca, scheme.cert, scheme.key].map((name) => parameters.get(name)) as [
    string | null,
    string | null,
    string | null,
  ];
  const given = parameters.get(scheme.tlsMode)?.toLowerCase();
  const mode = given === undefined ? (isLocal ? 'disabled' : 'preferred') : scheme.tlsModes[given];
  if (!mode) return `has an ${scheme.tlsMode} that is not one of ${Object.keys(scheme.tlsModes).join(', ')}`;
  if ((cert === null) !== (key === null))
    return `has only one of ${scheme.cert} and ${scheme.key}; give both or neither`;
  if (ca !== null && !mode.startsWith('verify')) {
    const verifying = Object.keys(scheme.tlsModes).filter((name) => name.startsWith('verify'));
    return `has an ${scheme.ca}, which only ${scheme.tlsMode}=${verifying.join(' and ')} use`;
  }
  return { mode, ca, cert, key };
}

/** Tells whether a URL, valid or not, may contain a password. */
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
