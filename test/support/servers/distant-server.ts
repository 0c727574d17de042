import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that is reached with latency. */
export interface DistantServer {
  /** Use this in place of the server's own port. */
  readonly port: number;
  /** Returns what was counted so far, and starts again at zero. */
  count(): Traffic;
  stop(): Promise<void>;
}

interface Traffic {
  readonly connections: number;
  /** How often a client had to wait: once per connection, and once for each answer of the server. */
  readonly roundTrips: number;
}

/** Relays connections to one of this machine's ports with latency. */
export async function startDistance(port: number, roundTripMilliseconds = 0): Promise<DistantServer> {
  const oneWay = roundTripMilliseconds / 2;
  const sockets = new Set<Socket>();
  let [connections, roundTrips] = [0, 0];
  const proxy = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = new Socket({ allowHalfOpen: true }).setNoDelay();
    // In TCP the server learns of a connection with the third packet.
    const opened = sleep(3 * oneWay).then(() => once(server.connect(port, '127.0.0.1'), 'connect'));
    // Data sent early arrives with the connection; later data keeps its order, since all of it is equally slow.
    const arrival = () => Promise.all([opened, sleep(oneWay)]);
    connections++;
    roundTrips++;
    // A client also waits for a server that speaks first.
    let isWaiting = true;
    client.on('data', () => {
      isWaiting = true;
    });
    server.on('data', () => {
      if (isWaiting) roundTrips++;
      isWaiting = false;
    });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => arrival().then(() => to.write(chunk)));
      from.on('end', () => arrival().then(() => to.end()));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as { port: number }).port,
    count: () => {
      const traffic = { connections, roundTrips };
      [connections, roundTrips] = [0, 0];
      return traffic;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
