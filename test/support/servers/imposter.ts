import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Somebody in between who poses as a database server, and what it was told. */
export interface Imposter {
  readonly port: number;
  /** All that clients sent. */
  received(): Buffer;
  stop(): Promise<void>;
}

/** An address of this machine that counts as another one: what it says goes out without TLS. */
export function outsideAddress(): string {
  const address = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (!address) throw new Error('the tests need a network interface with an IPv4 address beside the loopback');
  return address.address;
}

/** @param converse is called for each connection, with what makes it wait for the next bytes from the client */
async function startImposter(
  converse: (socket: Socket, next: () => Promise<Buffer>) => Promise<void>,
): Promise<Imposter> {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    const next = async () => (await once(socket, 'data'))[0] as Buffer;
    converse(socket, next).catch(() => undefined);
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What the password is mixed with before it is encrypted. */
export const SCRAMBLE = Buffer.from('abcdefghijklmnopqrst');

/** Poses as a MySQL server without TLS that wants the whole password, and has a key of its own for it (PEM). */
export function startMysqlImposter(plugin: string, publicKey: string): Promise<Imposter> {
  return startImposter(async (socket, next) => {
    let sequence = 0;
    const send = (...parts: readonly (Buffer | string | number[])[]) => {
      const payload = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
      const header = Buffer.alloc(4);
      header.writeUIntLE(payload.length, 0, 3);
      header[3] = sequence;
      socket.write(Buffer.concat([header, payload]));
      sequence += 2;
    };
    const [first, second] = [SCRAMBLE.subarray(0, 8), SCRAMBLE.subarray(8)];
    // Protocol 4.1, authentication by plug-in, no TLS.
    const capabilities = [
      [0x09, 0x82, 45, 2, 0, 0x08, 0x00, 21],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ] as const;
    const greeting = [[10], '9.0.0\0', [1, 0, 0, 0], first, [0], ...capabilities.map((part) => [...part])];
    send(...greeting, second, [0], `${plugin}\0`);
    if (!(await next()).includes(plugin)) {
      send([0xfe], `${plugin}\0`, SCRAMBLE, [0]);
      if (plugin === 'caching_sha2_password') await next();
    }
    // More data follows: full authentication.
    if (plugin === 'caching_sha2_password') send([1, 4]);
    await next();
    send([1], publicKey);
  });
}

/** Poses as a PostgreSQL server without TLS that asks for the password in clear text. */
export function startPostgresImposter(): Promise<Imposter> {
  return startImposter(async (socket, next) => {
    const first = await next();
    // SSLRequest, to which the answer is no.
    if (first.length === 8) {
      socket.end('N');
      return;
    }
    socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])); // AuthenticationCleartextPassword
    await next();
  });
}
