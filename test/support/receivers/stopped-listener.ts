import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, kill, startServer, waitFor } from '../servers/process.ts';

const BACKLOG = 1;
const SCRIPT = `const { connect, createServer } = require('node:net');
const [host, port, server] = process.argv.slice(1);
createServer((client) => {
  const to = connect(Number(server), '127.0.0.1').on('error', () => client.destroy());
  client.on('error', () => to.destroy()).pipe(to).pipe(client);
}).listen({ port: Number(port), host, backlog: ${BACKLOG} }, () => console.log('listening'))`;

interface StoppedListener {
  readonly port: number;
  /** Lets it accept connections and pass them on to the server. Those that wait are accepted at their next attempt. */
  resume(): void;
  stop(): Promise<void>;
}

/**
 * A listener in a stopped process whose backlog is full, so that the next connection is not answered.
 *
 * @param server port of 127.0.0.1 to which it passes connections on once it is resumed
 */
export async function startStoppedListener({
  host = '127.0.0.1',
  port = 0,
  server = 0,
} = {}): Promise<StoppedListener> {
  const listenerPort = port || (await freePort());
  const listener = startServer(process.execPath, ['-e', SCRIPT, host, String(listenerPort), String(server)]);
  await waitFor('the listener listens', () => listener.output().includes('listening'));
  listener.process.kill('SIGSTOP');
  const fillers = Array.from({ length: BACKLOG + 3 }, () => connect(listenerPort, host).on('error', () => undefined));
  await waitFor('the backlog accepts connections', () => fillers.filter(isConnected).length > BACKLOG);
  await sleep(200);
  if (fillers.every(isConnected)) throw new Error('the backlog is not full');
  return {
    port: listenerPort,
    resume: () => {
      for (const filler of fillers) filler.destroy();
      listener.process.kill('SIGCONT');
    },
    stop: async () => {
      for (const filler of fillers) filler.destroy();
      await kill(listener.process);
    },
  };
}

function isConnected(socket: Socket): boolean {
  return socket.readyState === 'open';
}
