import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { installServers, MARIADB, RSYSLOG } from './install.ts';
import { startMariadb } from './mariadb.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mariadb: { port: number; socket: string };
  }
}

/** Once per test run: builds the command, installs the servers and starts the database that all test files share. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['src/build.js'], { stdio: 'inherit' });
  installServers([MARIADB, RSYSLOG]);
  const { port, socket, stop } = await startMariadb();
  provide('mariadb', { port, socket });
  return stop;
}
