import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyslogTarget } from '../options/syslog-target.ts';
import { withTimeout } from '../util/connect-options.ts';
import type { RecordSender } from './record.ts';

/** Time for the kernel to learn that the port is closed. */
const FIRST_PAUSE_MS = 250;
/** Datagrams without a pause silently overflow the receiver's socket buffer. */
const PAUSE_MS = 2;

/** Creates the sender over UDP. Sent means handed to the network; more cannot be known. */
export function datagramSender(target: SyslogTarget): RecordSender {
  let socket: ConnectedSocket | null = null;
  let refusal: unknown = null;
  return {
    send: async (record, limitSeconds) => {
      // After a refusal, nothing is known of later datagrams.
      if (refusal) throw refusal;
      try {
        if (socket) await socket.send(record, PAUSE_MS);
        else socket = await sendFirst(record, target, limitSeconds);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') refusal = error;
        throw error;
      }
    },
    close: () => socket?.close(),
  };
}

/** Sends the record to the first of the host's addresses that does not refuse it. */
async function sendFirst(record: Buffer, { host, port }: SyslogTarget, limitSeconds: number): Promise<ConnectedSocket> {
  let failure: unknown;
  for (const { address, family } of await withTimeout(limitSeconds, lookup(host, { all: true }))) {
    const socket = new ConnectedSocket(family);
    try {
      await socket.connect(address, port);
      await socket.send(record, FIRST_PAUSE_MS);
      return socket;
    } catch (error) {
      failure = error;
      socket.close();
    }
  }
  throw failure;
}

/** A connected socket, which learns that the port is closed; others do not. */
class ConnectedSocket {
  private readonly socket: Socket;
  private failure: Error | null = null;

  constructor(family: number) {
    this.socket = createSocket(family === 6 ? 'udp6' : 'udp4').on('error', (error) => {
      this.failure ??= error;
    });
  }

  async connect(address: string, port: number): Promise<void> {
    this.socket.connect(port, address);
    await once(this.socket, 'connect');
  }

  /** @throws the network's error, even if it was an earlier datagram's */
  async send(datagram: Buffer, pauseMs: number): Promise<void> {
    if (this.failure) throw this.failure;
    await new Promise<void>((resolve, reject) => {
      this.socket.send(datagram, (error) => (error ? reject(error) : resolve()));
    });
    await sleep(pauseMs);
    if (this.failure) throw this.failure;
  }

  close(): void {
    this.socket.close();
  }
}
