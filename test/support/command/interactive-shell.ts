import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emptyFolder } from '../folders.ts';

/** A shell on a terminal (`script` of util-linux), in which a person types. */
export interface InteractiveShell {
  /** Working folder. */
  readonly folder: string;
  /** Types keys and Return, and waits until the command `leaktally` has been run. @returns its arguments */
  argumentsOf(keys: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/**
 * Starts a shell in which `leaktally` is a script that notes its arguments.
 *
 * @param commandLine starts the shell without anybody's settings
 * @param setup is typed first
 */
export async function startShell(commandLine: string, setup: string): Promise<InteractiveShell> {
  const folder = emptyFolder();
  const bin = join(folder, 'bin');
  const noted = join(folder, 'arguments');
  mkdirSync(bin);
  writeFileSync(join(bin, 'leaktally'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${noted}.new\nmv ${noted}.new ${noted}\n`);
  chmodSync(join(bin, 'leaktally'), 0o755);
  const child = spawn('script', ['-qfec', commandLine, '/dev/null'], {
    env: { PATH: `${bin}:/usr/bin:/bin`, TERM: 'dumb', HOME: folder, LC_ALL: 'C.UTF-8' },
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const argumentsOf = async (keys: string) => {
    rmSync(noted, { force: true });
    child.stdin.write(`${keys}\r`);
    // The limit of the test ends this, and the output says why.
    while (!existsSync(noted)) {
      if (child.exitCode !== null) throw new Error(`the shell has ended: ${shown}`);
      await sleep(20);
    }
    return readFileSync(noted, 'utf8').trimEnd().split('\n');
  };
  await argumentsOf(`${setup}; leaktally ready`);
  return {
    folder,
    argumentsOf,
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    },
  };
}
