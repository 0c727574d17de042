import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient, Transport } from 'syslog-client';
import { SyslogError } from '../errors.ts';
import { formatSyslogTarget, type SyslogTarget } from './target.ts';

export interface SyslogSettings {
  readonly target: SyslogTarget;
  readonly rfc3164: boolean;
  readonly facility: number;
  readonly severity: number;
  readonly tag: string;
}

/** Sends one alert; resolves when the transport has acknowledged it as far as it can, else throws SyslogError. */
export type SendAlert = (message: string) => Promise<void>;

const ALERT_TIMEOUT_MS = 10_000;
/** A receiver's socket buffer overflows silently when datagrams come without a pause. */
const UDP_PAUSE_MS = 2;

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused; is the receiver running, and is the port right?',
  ECONNRESET: 'the receiver closed the connection before it had everything',
  EPIPE: 'the receiver closed the connection before it had everything',
  ENOTFOUND: 'the host name is not known; check it',
  EAI_AGAIN: 'the host name cannot be looked up; check the name and the DNS',
  EHOSTUNREACH: 'the host cannot be reached; check the network',
  ENETUNREACH: 'the network cannot be reached; check the network',
  EMSGSIZE: 'the datagram is too large for the network',
};

/** The only way out for alerts. Sockets are opened here, because those of syslog-client hang or end the process on faults. */
export function syslogSender(settings: SyslogSettings): SendAlert {
  const deliver = settings.target.transport === 'udp' ? sendDatagram : sendStream;
  return async (message) => {
    try {
      await deliver(message, settings);
    } catch (error) {
      const { code = '', message: said } = error as NodeJS.ErrnoException;
      throw new SyslogError(`syslog ${formatSyslogTarget(settings.target)}: ${ADVICE[code] ?? said}`, { cause: error });
    }
  };
}

/** UDP: handed to the network is all that can be known. */
async function sendDatagram(message: string, settings: SyslogSettings): Promise<void> {
  const { address, family } = await lookup(settings.target.host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      const client = createClient(address, { port: settings.target.port, transport: Transport.Udp });
      log(client, socket, message, settings, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    socket.close();
  }
  await sleep(UDP_PAUSE_MS);
}

/**
 * TCP: syslog has no acknowledgement of its own, but a receiver closes its side only when it has read everything
 * up to our end of file. So each alert has a connection, and the receiver's end of file is waited for.
 */
function sendStream(message: string, settings: SyslogSettings): Promise<void> {
  const { host, port } = settings.target;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const timer = setTimeout(
      () => socket.destroy(new Error(`no acknowledgement within ${ALERT_TIMEOUT_MS / 1000} s; is the receiver alive?`)),
      ALERT_TIMEOUT_MS,
    );
    let sent = false;
    let acknowledged = false;
    socket.on('connect', () => {
      const client = createClient(host, { port, transport: Transport.Tcp });
      log(client, socket, message, settings, (error) => (error ? socket.destroy(error) : socket.end()));
    });
    socket.on('finish', () => {
      sent = true;
    });
    socket.on('end', () => {
      acknowledged = sent;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      if (acknowledged) resolve();
      else reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    });
    socket.resume(); // without a reader, 'end' would never come
  });
}

function log(
  client: Client,
  socket: unknown,
  message: string,
  settings: SyslogSettings,
  done: (error?: Error) => void,
): void {
  const { rfc3164, facility, severity, tag } = settings;
  client.transport_ = socket;
  // RFC 3164 has no field for the tag: it is the beginning of the message (section 4.1.3).
  const text = rfc3164 ? `${tag}[${process.pid}]: ${message}` : message;
  // All on every call: the client ignores 0 as facility or severity anywhere else, and changes the object it is given.
  client.log(text, { facility, severity, rfc3164, appName: tag, syslogHostname: headerHostname() }, done);
}

/** RFC 5424, 6.2.4: printable ASCII, at most 255; anything else would corrupt the header. */
function headerHostname(): string {
  const name = hostname();
  return /^[!-~]{1,255}$/.test(name) ? name : '-';
}
