import type { CertificatePaths } from '../util/pem.ts';
import { parseSize, parseTimeout } from '../util/units.ts';
import { within } from './setting.ts';

/** Receiver of the alerts. */
export interface SyslogTarget {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
  /** Longest time that one alert may take. */
  readonly timeoutSeconds: number;
  /** Longest wait for the receiver's end of file, in addition to round trips; null for receivers that never close. */
  readonly ackSeconds: number | null;
  /** Largest record, without framing; null for the usual one. */
  readonly maxBytes: number | null;
  /** RFC 6587, 3.4.1: each record is preceded by its length; otherwise it ends with a line feed (3.4.2). */
  readonly octetCounting: boolean;
  /** Null unless the transport is TLS. */
  readonly tls: TlsSettings | null;
}

/** Trusts the CAs that come with Node.js when none is given. */
interface TlsSettings extends CertificatePaths {
  /** Checks the certificate's host name, not only its CA. */
  readonly verifyHost: boolean;
}

// RFC 5426 for UDP, whose port receivers also use for TCP; RFC 5425 for TLS.
const DEFAULT_PORTS = { udp: 514, tcp: 514, tls: 6514 } as const;
const DEFAULT_TIMEOUT = '10s';
const DEFAULT_ACK = '1s';
/** From what every receiver takes (RFC 5426, 3.2) to what fits into a datagram. */
const MAX_BYTES = { least: 480, most: 65_507 };
const PARAMETERS: Readonly<Record<SyslogTarget['transport'], readonly string[]>> = {
  udp: ['max'],
  tcp: ['timeout', 'ack', 'max', 'framing'],
  tls: ['timeout', 'ack', 'max', 'framing', 'ca', 'cert', 'key', 'verify'],
};

/** @returns the target, or what is wrong with the URL, without repeating it */
export function parseSyslogUrl(text: string): SyslogTarget | string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const transport = (['udp', 'tcp', 'tls'] as const).find((name) => url?.protocol === `${name}:`);
  if (!url || !transport || url.hostname === '' || !/^\/?$/.test(url.pathname) || url.username || url.port === '0') {
    return 'is not a syslog receiver; use udp://host:514, tcp://host:514 or tls://host:6514, or none';
  }
  const parameters = url.searchParams;
  const known = PARAMETERS[transport];
  if (url.hash || [...parameters.keys()].some((name) => !known.includes(name))) {
    return `has an unknown parameter; ${transport}:// takes ${known.join(', ')}`;
  }
  const timeoutSeconds = parseTimeout(parameters.get('timeout') ?? DEFAULT_TIMEOUT);
  const ack = parameters.get('ack') ?? DEFAULT_ACK;
  const ackSeconds = ack === 'none' ? null : parseTimeout(ack);
  const max = parameters.get('max');
  const maxBytes = max === null ? null : within(parseSize(max), MAX_BYTES.least, MAX_BYTES.most);
  const framing = parameters.get('framing') ?? 'line-feed';
  const verify = parameters.get('verify') ?? 'full';
  if (!timeoutSeconds) return 'has a timeout that is not a duration from 1s to 24h';
  if (ackSeconds === null && ack !== 'none') return 'has an ack that is neither a duration from 1s to 24h nor none';
  if (parameters.has('ack') && ackSeconds !== null && ackSeconds > timeoutSeconds)
    return 'has an ack longer than its timeout';
  if (max !== null && maxBytes === null)
    return `has a max that is not a size from ${MAX_BYTES.least} to ${MAX_BYTES.most} bytes`;
  if (framing !== 'line-feed' && framing !== 'octet-counting')
    return 'has a framing other than line-feed or octet-counting';
  if (verify !== 'full' && verify !== 'ca') return 'has a verify other than full (CA and host name) or ca';
  if (parameters.has('cert') !== parameters.has('key')) return 'has only one of cert and key; give both or neither';
  const [ca, cert, key] = [parameters.get('ca'), parameters.get('cert'), parameters.get('key')];
  return {
    transport,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || DEFAULT_PORTS[transport]),
    timeoutSeconds,
    ackSeconds,
    maxBytes,
    octetCounting: framing === 'octet-counting',
    tls: transport === 'tls' ? { ca, cert, key, verifyHost: verify === 'full' } : null,
  };
}

/** Formats the target as a URL, for messages. */
export function formatSyslogTarget({ transport, host, port }: SyslogTarget): string {
  return `${transport}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
