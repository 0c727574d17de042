import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { waitFor } from '../servers/process.ts';

/** A TCP syslog receiver that reads what comes but acknowledges nothing until it is told what to do. */
export interface HesitantReceiver {
  readonly url: string;
  /** Waits until a whole record has come, and returns it. */
  waitForRecord(): Promise<string>;
  /** Breaks every connection off. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startHesitantReceiver(): Promise<HesitantReceiver> {
  const sockets = new Set<Socket>();
  let text = '';
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `tcp://127.0.0.1:${port}`,
    waitForRecord: async () => {
      await waitFor('a record has come', () => text.includes('\n'));
      return text.slice(0, text.indexOf('\n'));
    },
    reset,
    stop: async () => {
      reset();
      server.close();
      await once(server, 'close');
    },
  };
}
