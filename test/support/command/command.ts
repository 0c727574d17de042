import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../project.ts';

/** The Node.js that runs the command: the one of the tests, or another one to try it on. */
export const NODE = process.env.LEAKTALLY_TEST_NODE || process.execPath;
export const LAUNCHER = `${ROOT}bin/leaktally.js`;

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Is given the process id as soon as there is one. */
  readonly onStart?: (pid: number) => void;
}

/** Runs the built command as cron would: nothing in the environment but what is given, no terminal, an empty folder. */
export async function leaktally(
  args: readonly string[],
  { env = {}, cwd = emptyFolder(), onStart }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(NODE, ['--', LAUNCHER, ...args], {
    env: { ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) onStart?.(child.pid);
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

export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'leaktally-test-'));
}
