import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SyslogError } from '../errors.ts';
import { formatSyslogTarget, type SyslogTarget } from '../options/syslog-target.ts';
import { readCertificates } from '../util/pem.ts';

/**
 * A receiver that wants nothing of us (a proxy without a server behind it, TLS 1.3 before it has seen our certificate)
 * closes at once. So that this is not taken for an acknowledgement, it is given time to do so, at least two round
 * trips, before our end of file: a receiver that reads never closes before that.
 */
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 1000;

/** Opens a connection; the callback is called when data may be written. */
export type Dial = (ready: (socket: Socket) => void) => Socket;

/**
 * How to connect to a receiver.
 *
 * @throws SyslogError when a certificate file cannot be read
 */
export function dialer(target: SyslogTarget): Dial {
  const { host, port, tls } = target;
  if (!tls) {
    return (ready) => {
      const socket = connect({ host, port }, () => ready(socket));
      return socket;
    };
  }
  const options = {
    host,
    port,
    ...readCertificates(tls, (message, cause) => {
      return new SyslogError(`syslog ${formatSyslogTarget(target)}: ${message}`, { cause });
    }),
    ...(!tls.verifyHost && { checkServerIdentity: () => undefined }),
  };
  return (ready) => {
    const socket = connectTls(options, () => ready(socket));
    return socket;
  };
}

/**
 * Sends one record. Syslog has no acknowledgement of its own, but a receiver closes its side only when it has read
 * everything up to our end of file. So each record has a connection, and the receiver's end of file is waited for.
 *
 * @param write writes the record to the socket, then calls back
 * @throws the socket's error, or one that says that no acknowledgement came in time
 */
export function sendStream(
  dial: Dial,
  timeoutSeconds: number,
  write: (socket: Socket, done: (error?: Error) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const dialled = performance.now();
    const socket = dial((ready) => {
      const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, 2 * (performance.now() - dialled)));
      write(ready, (error) => {
        if (error) ready.destroy(error);
        else setTimeout(() => ready.end(), pauseMs);
      });
    });
    const timer = setTimeout(
      () => socket.destroy(new Error(`no acknowledgement within ${timeoutSeconds} s; is the receiver alive?`)),
      timeoutSeconds * 1000,
    );
    let sent = false;
    let acknowledged = false;
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
