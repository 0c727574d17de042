/** Where alerts go. */
export interface SyslogTarget {
  readonly transport: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 514;

/** @returns the target of `udp://host:port` or `tcp://host:port`, or in words what is wrong */
export function parseSyslogUrl(text: string): SyslogTarget | string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const transport = url?.protocol.slice(0, -1);
  if (transport === 'tls') return 'tls:// is not supported yet; use udp:// or tcp://';
  if (!url || (transport !== 'udp' && transport !== 'tcp') || url.hostname === '') {
    return 'is not a syslog receiver: use udp://host:514 or tcp://host:514';
  }
  if (!/^\/?$/.test(url.pathname) || url.search || url.hash || url.username || url.password || url.port === '0') {
    return 'has more than a host and a port: use udp://host:514 or tcp://host:514';
  }
  return { transport, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || DEFAULT_PORT) };
}

/** The target as a URL, to name it in messages. */
export function formatSyslogTarget({ transport, host, port }: SyslogTarget): string {
  return `${transport}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

// Keywords and numbers: RFC 5424, section 6.2.1; the names are those of syslog(3) and rsyslog.
const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const SEVERITIES = 'emerg alert crit err warning notice info debug'.split(' ');

/** @returns the facility's number, 0 to 23, or null */
export function parseFacility(name: string): number | null {
  return indexOf(FACILITIES, name);
}

/** @returns the severity's number, 0 to 7, or null */
export function parseSeverity(name: string): number | null {
  return indexOf(SEVERITIES, name);
}

function indexOf(names: readonly string[], name: string): number | null {
  const index = names.indexOf(name.toLowerCase());
  return index < 0 ? null : index;
}
