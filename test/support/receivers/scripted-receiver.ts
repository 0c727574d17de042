import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/**
 * What happens on one connection: the record is acknowledged, refused before it was read, or read and then not
 * acknowledged. The last two are the sender's death, just before it sends and just before it hears the answer.
 */
export type Verdict = 'acknowledge' | 'refuse' | 'lose' | 'die-before' | 'die-after';

export interface ScriptedConnection {
  readonly verdict: Verdict;
  /** Everything that was read. */
  readonly bytes: Buffer;
}

/** A syslog receiver over TCP in this process, which does with each connection what it is told beforehand. */
export class ScriptedReceiver {
  /** Connections since the script was given, in order. */
  connections: ScriptedConnection[] = [];
  private script: readonly Verdict[] = [];
  private onDeath: () => void = () => undefined;
  private readonly server = createServer({ allowHalfOpen: true }, (socket) => this.serve(socket));

  async start(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as { port: number }).port;
  }

  /** Takes effect from the next connection; after the script's end, its last verdict stays. */
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
