import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, kill, startServer, waitFor } from '../servers/process.ts';

const BACKLOG = 1;
const SCRIPT = `require('node:net').createServer().listen(
  { port: Number(process.argv[1]), host: '127.0.0.1', backlog: ${BACKLOG} }, () => console.log('listening'))`;

/** A listener in a stopped process whose backlog is full, so that the next connection is never answered. */
export async function startStoppedListener(): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const server = startServer(process.execPath, ['-e', SCRIPT, String(port)]);
  await waitFor('the listener listens', () => server.output().includes('listening'));
  server.process.kill('SIGSTOP');
  const fillers = Array.from({ length: BACKLOG + 3 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await waitFor('the backlog accepts connections', () => fillers.filter(isConnected).length > BACKLOG);
  await sleep(200);
  if (fillers.every(isConnected)) throw new Error('the backlog is not full');
  return {
    port,
    stop: async () => {
      for (const filler of fillers) filler.destroy();
      await kill(server.process);
    },
  };
}

function isConnected(socket: Socket): boolean {
  return socket.readyState === 'open';
}
