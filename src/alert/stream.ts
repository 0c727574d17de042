import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { SyslogError } from '../errors.ts';
import { formatSyslogTarget, type SyslogTarget } from '../options/syslog-target.ts';
import { readCertificates } from '../util/pem.ts';

/**
 * A receiver that rejects us (a proxy without a server behind it, TLS 1.3 once it has checked our certificate) closes
 * at once. Waiting at least two round trips before our end of file keeps that from passing for an acknowledgement: a
 * receiver that reads never closes before it.
 */
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 1000;

/** Opens a connection and calls back once it can be written to. */
export type Dial = (ready: (socket: Socket) => void) => Socket;

/**
 * Prepares connections to a receiver.
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
 * Sends one record over a connection of its own and waits for the receiver's end of file. Syslog has no
 * acknowledgement, but a receiver closes its side only after it has read everything up to ours.
 *
 * @param write writes the record to the socket, then calls back
 * @throws the socket's error, or one for an acknowledgement that did not come in time
 */
export function sendStream(
  dial: Dial,
  timeoutSeconds: number,
  write: (socket: Socket, done: (error?: Error) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const dialledAt = performance.now();
    const socket = dial((ready) => {
      const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, 2 * (performance.now() - dialledAt)));
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
    socket.resume(); // 'end' only comes when the socket is read
  });
}
