import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port of 127.0.0.1 that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Polls until `ready` returns true. */
export async function waitFor(
  what: string,
  ready: () => boolean | Promise<boolean>,
  milliseconds = 30_000,
): Promise<void> {
  const until = Date.now() + milliseconds;
  while (!(await ready())) {
    if (Date.now() > until) throw new Error(`${what}: not so within ${milliseconds / 1000} s`);
    await sleep(20);
  }
}

/** A server in the background. Its output is kept to explain a failed start. */
export interface BackgroundServer {
  readonly process: ChildProcess;
  output(): string;
}

export function startServer(
  command: string,
  args: readonly string[],
  options: { uid?: number; gid?: number; cwd?: string } = {},
): BackgroundServer {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-10_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return { process: child, output: () => text };
}

/** Waits until a started server is ready. One that exits or takes too long is killed. */
export async function waitUntilReady(
  name: string,
  server: BackgroundServer,
  isReady: () => boolean | Promise<boolean>,
): Promise<void> {
  try {
    await waitFor(`${name} is ready`, () => {
      if (server.process.exitCode !== null) throw new Error(`${name} ended: ${server.output()}`);
      return isReady();
    });
  } catch (error) {
    await kill(server.process);
    throw error;
  }
}

/** Kills a process and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Freezes a process (SIGSTOP) while this runs. */
export async function whileFrozen<T>(pid: number, work: () => Promise<T>): Promise<T> {
  process.kill(pid, 'SIGSTOP');
  return work().finally(() => process.kill(pid, 'SIGCONT'));
}

/** Tells whether somebody accepts connections on a port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
