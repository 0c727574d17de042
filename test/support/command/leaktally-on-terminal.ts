import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { emptyFolder } from '../folders.ts';
import { type CommandResult, LAUNCHER, NODE } from './leaktally.ts';

/**
 * Runs the command on a terminal (`script` of util-linux), where stdout and stderr come together.
 *
 * @param onOutput is called with everything on the terminal so far
 */
export async function leaktallyOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onOutput: (soFar: string) => void = () => undefined,
): Promise<Pick<CommandResult, 'code'> & { readonly output: string }> {
  const command = [NODE, '--', LAUNCHER, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
    cwd: emptyFolder(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    onOutput(output);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
