import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { waitFor } from '../servers/process.ts';

/** A UDP syslog receiver. */
export interface UdpReceiver {
  readonly port: number;
  datagrams(): readonly string[];
  /** Waits until there are at least this many, and returns them. */
  waitForDatagrams(count: number): Promise<readonly string[]>;
  stop(): void;
}

/** @param limit closes the port after this many datagrams */
export async function startUdpReceiver(address = '127.0.0.1', limit = Number.POSITIVE_INFINITY): Promise<UdpReceiver> {
  const datagrams: string[] = [];
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.on('message', (datagram) => {
    if (datagrams.push(datagram.toString()) === limit) socket.close();
  });
  return {
    port,
    datagrams: () => datagrams,
    waitForDatagrams: async (count) => {
      await waitFor(`the receiver has ${count} datagrams`, () => datagrams.length >= count);
      return datagrams;
    },
    stop: () => socket.close(),
  };
}
