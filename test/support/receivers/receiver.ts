import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { linesOf } from '../command/output.ts';
import { waitFor } from '../servers/process.ts';

/** A connection from leaktally to a test's receiver. */
export interface Connection {
  readonly socket: Socket;
  /** Counted from 1. */
  readonly number: number;
  /** Reads up to the sender's end of file and keeps the records, without acknowledging them. */
  read(): Promise<void>;
  /** Reads, keeps and acknowledges the records by closing, as rsyslog does. */
  accept(): Promise<void>;
}

/** A TCP syslog receiver that treats each connection as the test says. */
export interface Receiver {
  /** For --syslog, with a short timeout. */
  readonly url: string;
  /** For --syslog, with a timeout longer than any test runs, also for the acknowledgement. */
  readonly patientUrl: string;
  connections(): number;
  records(): readonly string[];
  /** Waits until there are at least this many records, and returns them. */
  waitForRecords(count: number): Promise<readonly string[]>;
  /** Waits until a run has connected. */
  waitForConnection(): Promise<void>;
  /** Resets every open connection. */
  reset(): void;
  stop(): Promise<void>;
}

/** For --syslog: nothing ever listens on this port. */
export const NOBODY_LISTENS = 'tcp://127.0.0.1:1?timeout=2s';

/** How a receiver treats a connection. */
export type Treatment = (connection: Connection) => unknown;

export const neverRead: Treatment = () => undefined;
/** Reads everything and never acknowledges it. */
export const neverAcknowledge: Treatment = ({ read }) => read();

export async function startReceiver(treat: Treatment = ({ accept }) => accept()): Promise<Receiver> {
  const records: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    const read = async () => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      await once(socket, 'end');
      records.push(...linesOf(text));
    };
    const accept = () => read().then(() => void socket.end());
    connections += 1;
    treat({ socket, number: connections, read, accept });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `tcp://127.0.0.1:${port}?timeout=2s`,
    patientUrl: `tcp://127.0.0.1:${port}?timeout=3m&ack=3m`,
    connections: () => connections,
    records: () => records,
    waitForRecords: async (count) => {
      await waitFor(`the receiver has ${count} records`, () => records.length >= count);
      return records;
    },
    waitForConnection: () => waitFor('a run connects to the receiver', () => connections > 0),
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
