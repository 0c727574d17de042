import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server at the other end of a long line. */
export interface DistantServer {
  /** Stands for the server's own port. */
  readonly port: number;
  /** Starts counting anew, and returns what was counted so far. */
  count(): Traffic;
  stop(): Promise<void>;
}

interface Traffic {
  readonly connections: number;
  /** How often a client had to wait: for each connection, and for each time the server spoke after it. */
  readonly roundTrips: number;
}

/** Puts a distance between this machine and one of its own ports. */
export async function startDistance(port: number, roundTripMilliseconds = 0): Promise<DistantServer> {
  const oneWay = roundTripMilliseconds / 2;
  const sockets = new Set<Socket>();
  let [connections, roundTrips] = [0, 0];
  const proxy = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = new Socket({ allowHalfOpen: true }).setNoDelay();
    // TCP: the server learns that it has a connection with the third packet.
    const opened = sleep(3 * oneWay).then(() => once(server.connect(port, '127.0.0.1'), 'connect'));
    // What is sent on the way is there when the connection is; what is sent later keeps its order, since all is as slow.
    const arrival = () => Promise.all([opened, sleep(oneWay)]);
    connections++;
    roundTrips++;
    // A server that speaks first is waited for too.
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
