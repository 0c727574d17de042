import { once } from 'node:events';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { SyslogError } from '../errors.ts';
import { formatSyslogTarget, type SyslogTarget } from '../options/syslog-target.ts';
import { connectOptions } from '../util/connect-options.ts';
import { networkError } from '../util/network-advice.ts';
import { readCertificates } from '../util/pem.ts';
import type { RecordSender } from './record.ts';

/**
 * A receiver that rejects us (a proxy without a server behind it, another framing, TLS 1.3 once it has checked our
 * certificate) closes at once, or within this time when it is busy. Waiting so long and at least two round trips before
 * our end of file keeps that from passing for an acknowledgement: a receiver that reads never closes before it.
 */
const FIRST_PAUSE_MS = 250;
/** A receiver that has acknowledged a record is not likely to reject the next one. */
const PAUSE_MS = 10;
const MAX_PAUSE_MS = 1000;
/** With `ack=none`, the time in which a receiver may still reset the connection, in addition to round trips. */
const RESET_MS = 100;
/** Lost attempts to connect are repeated after whole seconds (RFC 6298, 2.1), which are not part of the round trip. */
const RETRY_MS = 1000;

/** Error code: the receiver's end of file did not come in time. */
export const NOT_ACKNOWLEDGED = 'NOT_ACKNOWLEDGED';

const LINE_FEED = Buffer.from('\n');

/**
 * Creates the sender over TCP or TLS, with a connection for each record.
 *
 * @throws SyslogError when a certificate file cannot be read or used
 */
export function streamSender(target: SyslogTarget): RecordSender {
  const open = opener(target);
  let minPauseMs = FIRST_PAUSE_MS;
  return {
    send: async (record, limitSeconds) => {
      const deadline = performance.now() + limitSeconds * 1000;
      const address = await connectOptions(target.host, target.port, limitSeconds);
      const socket = open(address);
      const timers = new AbortController();
      try {
        await exchange(socket, frame(record, target), { ...target, deadline, minPauseMs, signal: timers.signal });
        minPauseMs = PAUSE_MS;
      } finally {
        timers.abort();
        socket.destroy();
      }
    },
    close: () => undefined,
  };
}

function opener(target: SyslogTarget): (address: TcpNetConnectOpts) => Socket {
  const { tls } = target;
  if (!tls) return connect;
  const options = {
    ...readCertificates(tls, (message, cause) => {
      return new SyslogError(`syslog ${formatSyslogTarget(target)}: ${message}`, { cause });
    }),
    ...(!tls.verifyHost && { checkServerIdentity: () => undefined }),
  };
  return (address) => connectTls({ ...address, ...options });
}

/** Marks where the record ends (RFC 6587, 3.4). */
function frame(record: Buffer, { octetCounting }: SyslogTarget): Buffer {
  return octetCounting ? Buffer.concat([Buffer.from(`${record.length} `), record]) : Buffer.concat([record, LINE_FEED]);
}

interface Terms extends Pick<SyslogTarget, 'tls' | 'ackSeconds'> {
  /** By performance.now(). */
  readonly deadline: number;
  readonly minPauseMs: number;
  /** Cancels all timers. */
  readonly signal: AbortSignal;
}

/**
 * Writes a record and waits for the receiver's end of file. Syslog has no acknowledgement, but a receiver closes its
 * side as soon as it has read everything up to ours. A later end of file proves nothing: a proxy reads the record, tries
 * to reach the server behind it, and closes when that is down.
 *
 * @throws the socket's error, ETIMEDOUT, or NOT_ACKNOWLEDGED
 */
async function exchange(
  socket: Socket,
  bytes: Buffer,
  { tls, ackSeconds, deadline, minPauseMs, signal }: Terms,
): Promise<void> {
  const startedAt = performance.now();
  const wait = (milliseconds: number) => sleep(milliseconds, undefined, { signal });
  let tooLate = 'ETIMEDOUT';
  const failure = Promise.race([
    once(socket, 'close').then(() => Promise.reject(networkError('ECONNRESET'))),
    wait(deadline - startedAt).then(() => Promise.reject(networkError(tooLate))),
  ]);
  const unlessFailed = <T>(event: Promise<T>) => Promise.race([failure, event]);
  socket.resume(); // 'end' only comes when the socket is read

  const roundTripMs = await unlessFailed(connected(socket));
  if (tls) await unlessFailed(once(socket, 'secureConnect'));
  const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(minPauseMs, 2 * (performance.now() - startedAt)));
  await unlessFailed(new Promise((done) => socket.write(bytes, done)));
  await unlessFailed(wait(pauseMs));
  await unlessFailed(new Promise<void>((done) => socket.end(done)));

  tooLate = NOT_ACKNOWLEDGED;
  const waitMs = (ackSeconds === null ? RESET_MS : ackSeconds * 1000) + 4 * roundTripMs;
  const timeIsUp = wait(waitMs).then(() => {
    if (ackSeconds !== null) throw networkError(NOT_ACKNOWLEDGED);
  });
  await Promise.race([failure, once(socket, 'end'), timeIsUp]);
}

/**
 * @returns the round trip in milliseconds
 * @throws ECONNREFUSED for a connection to itself, which would acknowledge everything: it can happen when nobody listens
 * on the port and the kernel picks the same one for our end
 */
async function connected(socket: Socket): Promise<number> {
  let attemptedAt = performance.now();
  socket.on('connectionAttempt', () => {
    attemptedAt = performance.now();
  });
  await once(socket, 'connect');
  if (socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress) {
    throw networkError('ECONNREFUSED');
  }
  return (performance.now() - attemptedAt) % RETRY_MS;
}
