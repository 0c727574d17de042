import { createConnection } from 'node:net';
import type pg from 'pg';
import type { ServerTarget } from '../target.ts';

/** PostgreSQL manual: Message Formats, CancelRequest. */
const CANCEL_REQUEST = 80_877_102;
/** The server closes the connection without an answer. */
const TIMEOUT_MILLISECONDS = 5000;

/** Parts of the driver's client that its types leave out. */
interface DriverClient {
  readonly processID: number;
  readonly secretKey: number;
  readonly connection: { readonly stream: { readonly remoteAddress?: string; readonly remotePort?: number } };
}

/**
 * Asks the server to cancel the session's statement. The driver's own `cancel` does nothing over TLS; like libpq before
 * version 17 this sends the request without encryption, which servers take whatever they demand of sessions.
 */
export function requestCancel(client: pg.Client, { socket, port }: ServerTarget): void {
  const { processID, secretKey, connection } = client as unknown as DriverClient;
  const request = Buffer.alloc(16);
  for (const [index, value] of [request.length, CANCEL_REQUEST, processID, secretKey].entries()) {
    request.writeInt32BE(value, index * 4);
  }
  // A name may have several addresses, of which only one is this server's.
  const { remoteAddress: host, remotePort = port } = connection.stream;
  const server = socket ? createConnection(`${socket}/.s.PGSQL.${port}`) : createConnection({ port: remotePort, host });
  // Without the request, the server still ends the statement at the session's limit.
  server.on('error', () => undefined);
  server.setTimeout(TIMEOUT_MILLISECONDS, () => server.destroy());
  server.unref();
  server.end(request);
}
