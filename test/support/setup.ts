import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import {
  CHROMIUM,
  FISH,
  GROFF,
  HAPROXY,
  IPROUTE2,
  installServers,
  MAN,
  MANDOC,
  MARIADB,
  NGINX,
  NGINX_STREAM,
  NODE_EXPORTER,
  OPENSSL,
  PDFTOTEXT,
  PGBOUNCER,
  POSTGRES,
  PROMTOOL,
  RSYSLOG,
  RSYSLOG_TLS,
  SPIDER,
  SYSTEMD,
  ZSH,
} from './servers/install.ts';
import { startMariadb } from './servers/mariadb.ts';
import { startPostgres } from './servers/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mariadb: { port: number; socket: string };
    postgres: { port: number; socket: string };
  }
}

/** Once per test run: builds the command, installs the servers and starts the databases that all test files share. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['src/build.js'], { stdio: 'inherit' });
  installServers([
    ...[MARIADB, SPIDER, POSTGRES, PGBOUNCER, RSYSLOG, RSYSLOG_TLS, HAPROXY, NGINX, NGINX_STREAM],
    ...[OPENSSL, NODE_EXPORTER, CHROMIUM, PDFTOTEXT, IPROUTE2, PROMTOOL, SYSTEMD, ZSH, FISH, MAN, GROFF, MANDOC],
  ]);
  // Everything the tests and their servers leave behind. As open as /tmp, since some servers run as other users.
  const folder = mkdtempSync(join(tmpdir(), 'leaktally-'));
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  const [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()]);
  provide('mariadb', { port: mariadb.port, socket: mariadb.socket });
  provide('postgres', { port: postgres.port, socket: postgres.socket });
  return async () => {
    await Promise.all([mariadb.stop(), postgres.stop()]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
}
