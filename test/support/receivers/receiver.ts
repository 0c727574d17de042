import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A connection that leaktally opened to a receiver of the test. */
export interface Connection {
  readonly socket: Socket;
  /** 1 for the first one. */
  readonly number: number;
  /** Reads to the sender's end of file and keeps the records; does not acknowledge them. */
  read(): Promise<void>;
  /** Reads, keeps and acknowledges by end of file, as rsyslog does. */
  accept(): Promise<void>;
}

/** A TCP syslog receiver that does with each connection what the test says. */
export interface Receiver {
  readonly port: number;
  /** For --syslog, with a short timeout. */
  readonly url: string;
  connections(): number;
  records(): readonly string[];
  stop(): Promise<void>;
}

type Treatment = (connection: Connection) => unknown;

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
      records.push(...text.split('\n').filter((line) => line !== ''));
    };
    const accept = () => read().then(() => void socket.end());
    connections += 1;
    treat({ socket, number: connections, read, accept });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    url: `tcp://127.0.0.1:${port}?timeout=2s`,
    connections: () => connections,
    records: () => records,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
