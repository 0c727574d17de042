import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Target } from '../command/leaktally.ts';

/** Runs a script with the server's own client, as an administrator would: not yet in the database that it is for. */
export async function runOnClient(
  { url, env }: Target,
  script: string,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const { protocol, hostname, port, username } = new URL(url);
  const password = env.LEAKTALLY_DATABASE_PASSWORD;
  const [command, args, variable] =
    protocol === 'postgres:'
      ? (['psql', ['-X', '-q', '-h', hostname, '-p', port, '-U', username, '-d', 'postgres'], 'PGPASSWORD'] as const)
      : (['mariadb', ['--no-defaults', '-h', hostname, '-P', port, '-u', username], 'MYSQL_PWD'] as const);
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, [variable]: password },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(script);
  const [code] = await once(child, 'close');
  return { code, stderr };
}
