import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/**
 * What happens on one connection: the record is acknowledged, refused before it is read, or read but not acknowledged.
 * In the last two the sender dies: just before it sends, or just before it hears the answer.
 */
export type Verdict = 'acknowledge' | 'refuse' | 'lose' | 'die-before' | 'die-after';

export interface ScriptedConnection {
  readonly verdict: Verdict;
  /** All bytes read. */
  readonly bytes: Buffer;
}

/** A TCP syslog receiver in this process that treats each connection as scripted. */
export class ScriptedReceiver {
  /** Connections since the script was set, in order. */
  connections: ScriptedConnection[] = [];
  private script: readonly Verdict[] = [];
  private onDeath: () => void = () => undefined;
  private readonly server = createServer({ allowHalfOpen: true }, (socket) => this.serve(socket));

  async start(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as { port: number }).port;
  }

  /** Applies from the next connection on; the last verdict repeats after the end of the script. */
  follow(script: readonly Verdict[], onDeath: () => void): void {
    this.connections = [];
    this.script = script;
    this.onDeath = onDeath;
  }

  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(socket: Socket): void {
    const verdict = this.script[this.connections.length] ?? this.script.at(-1) ?? 'acknowledge';
    const index = this.connections.push({ verdict, bytes: Buffer.alloc(0) }) - 1;
    socket.on('error', () => undefined);
    if (verdict === 'die-before') this.onDeath();
    if (verdict === 'refuse' || verdict === 'die-before') {
      socket.resetAndDestroy();
      return;
    }
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => {
      this.connections[index] = { verdict, bytes: Buffer.concat(chunks) };
      if (verdict === 'die-after') this.onDeath();
      if (verdict === 'lose') socket.resetAndDestroy();
      else socket.end();
    });
  }
}
