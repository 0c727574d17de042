import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { emptyFolder } from '../folders.ts';
import { ROOT } from '../project.ts';

/** The Node.js that runs the command: that of the tests, unless another one is to be tried. */
export const NODE = process.env.LEAKTALLY_TEST_NODE || process.execPath;
export const LAUNCHER = `${ROOT}bin/leaktally.js`;

/** What a run needs to reach a database. */
export interface Target {
  /** For --database, without a password. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Command line that runs another one, such as in a namespace. */
  readonly via?: readonly string[];
}

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command. */
export interface StartedCommand {
  readonly result: Promise<CommandResult>;
  /** Sends SIGKILL. */
  kill(): Promise<CommandResult>;
}

/** Starts the built command as cron would: in an empty folder, without a terminal, and with no environment but this. */
function startLeaktally(
  args: readonly string[],
  { env = {}, cwd = emptyFolder(), via = [] }: CommandOptions = {},
): StartedCommand {
  const [program = NODE, ...words] = [...via, NODE, '--', LAUNCHER, ...args];
  const child = spawn(program, words, { env: { ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const result = resultOf(child);
  const kill = () => {
    child.kill('SIGKILL');
    return result;
  };
  return { result, kill };
}

/** Collects the output of a process until it has ended. */
export async function resultOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<CommandResult> {
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

export function leaktally(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return startLeaktally(args, options).result;
}

/** Starts the command on a test database; nothing is sent unless a receiver is named. */
export function startOn(
  { url, env }: Target,
  args: readonly string[] = [],
  options: CommandOptions = {},
): StartedCommand {
  return startLeaktally(['--database', url, ...args], {
    ...options,
    env: { ...env, LEAKTALLY_SYSLOG: 'none', ...options.env },
  });
}

/** Runs the command on a test database to its end; nothing is sent unless a receiver is named. */
export function runOn(target: Target, args: readonly string[] = [], options: CommandOptions = {}) {
  return startOn(target, args, options).result;
}
