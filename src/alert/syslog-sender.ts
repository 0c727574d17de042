import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, Transport } from 'syslog-client';
import { SyslogError } from '../errors.ts';
import { formatSyslogTarget, type SyslogTarget } from '../options/syslog-target.ts';
import { networkAdvice } from '../util/network-advice.ts';
import { dialer, sendStream } from './stream.ts';

export interface SyslogSettings {
  readonly target: SyslogTarget;
  readonly rfc3164: boolean;
  readonly facility: number;
  readonly severity: number;
  /** Null when the message begins with its own, in RFC 3164 only. */
  readonly tag: string | null;
}

/** Sends one alert; resolves when the transport has acknowledged it as far as it can, else throws SyslogError. */
export type SendAlert = (message: string, limitSeconds: number) => Promise<void>;

/** Datagrams without a pause silently overflow the receiver's socket buffer. */
const UDP_PAUSE_MS = 2;

const ADVICE: Readonly<Record<string, string>> = {
  ...networkAdvice({
    refused: 'is the receiver running, and is the port right?',
    closed: 'the receiver closed the connection before reading everything',
    otherHost: 'check the name, or use verify=ca',
    untrusted: 'name the CA file with the ca parameter',
  }),
  EMSGSIZE: 'the datagram is too large for the network',
};

/**
 * Creates the sender for a receiver. Sockets are opened here, because those of syslog-client hang or end the process on
 * errors.
 *
 * @throws SyslogError when a certificate file cannot be read
 */
export function syslogSender(settings: SyslogSettings): SendAlert {
  const { target } = settings;
  const deliver = target.transport === 'udp' ? datagramSender(settings) : streamSender(settings);
  return async (message, limitSeconds) => {
    try {
      await deliver(message, limitSeconds);
    } catch (error) {
      const { code = '', message: text } = error as NodeJS.ErrnoException;
      throw new SyslogError(`syslog ${formatSyslogTarget(target)}: ${ADVICE[code] ?? (text || code)}`, {
        cause: error,
      });
    }
  };
}

/** Resolves once the datagram is handed to the network; over UDP no more can be known. */
function datagramSender(settings: SyslogSettings): SendAlert {
  return async (message) => {
    const { address, family } = await lookup(settings.target.host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        log(address, socket, message, settings, (error) => (error ? reject(error) : resolve()));
      });
    } finally {
      socket.close();
    }
    await sleep(UDP_PAUSE_MS);
  };
}

function streamSender(settings: SyslogSettings): SendAlert {
  const { host, timeoutSeconds, octetCounting } = settings.target;
  const dial = dialer(settings.target);
  return (message, limitSeconds) =>
    sendStream(dial, Math.min(timeoutSeconds, limitSeconds), (socket, done) => {
      log(host, octetCounting ? countOctets(socket) : socket, message, settings, done);
    });
}

/** Stands in for a socket: puts the length before each record (RFC 6587, 3.4.1) and drops the line feed after it. */
function countOctets(socket: Socket) {
  return {
    write: (record: Buffer, done: (error?: Error | null) => void) => {
      const body = record.subarray(0, record.length - 1);
      return socket.write(Buffer.concat([Buffer.from(`${body.length} `), body]), done);
    },
  };
}

function log(
  host: string,
  socket: unknown,
  message: string,
  settings: SyslogSettings,
  done: (error?: Error) => void,
): void {
  const { target, rfc3164, facility, severity, tag } = settings;
  const transport = target.transport === 'udp' ? Transport.Udp : Transport.Tcp;
  const client = createClient(host, { port: target.port, transport });
  client.transport_ = socket;
  // RFC 3164 has no field for the tag: it begins the message (section 4.1.3).
  const text = rfc3164 && tag !== null ? `${tag}[${process.pid}]: ${message}` : message;
  // Passed on every call: elsewhere the client ignores 0 as facility or severity, and it modifies the object.
  client.log(text, { facility, severity, rfc3164, appName: tag ?? '-', syslogHostname: headerHostname() }, done);
}

/** Host name in printable ASCII, at most 255 characters (RFC 5424, 6.2.4); anything else would corrupt the header. */
function headerHostname(): string {
  const name = hostname();
  return /^[!-~]{1,255}$/.test(name) ? name : '-';
}
