import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A program or plug-in that the tests need, and the Debian package it comes from. */
export interface Server {
  readonly binary: string;
  readonly debianPackage: string;
}

export const MARIADB: Server = { binary: '/usr/sbin/mariadbd', debianPackage: 'mariadb-server' };
export const POSTGRES: Server = { binary: '/usr/lib/postgresql', debianPackage: 'postgresql' };
export const PGBOUNCER: Server = { binary: '/usr/sbin/pgbouncer', debianPackage: 'pgbouncer' };
export const SPIDER: Server = { binary: '/usr/lib/mysql/plugin/ha_spider.so', debianPackage: 'mariadb-plugin-spider' };
export const RSYSLOG_TLS: Server = {
  binary: `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/rsyslog/lmnsd_gtls.so`,
  debianPackage: 'rsyslog-gnutls',
};
export const OPENSSL: Server = { binary: '/usr/bin/openssl', debianPackage: 'openssl' };
export const RSYSLOG: Server = { binary: '/usr/sbin/rsyslogd', debianPackage: 'rsyslog' };
export const HAPROXY: Server = { binary: '/usr/sbin/haproxy', debianPackage: 'haproxy' };
export const NGINX: Server = { binary: '/usr/sbin/nginx', debianPackage: 'nginx' };
export const NGINX_STREAM: Server = {
  binary: '/usr/lib/nginx/modules/ngx_stream_module.so',
  debianPackage: 'libnginx-mod-stream',
};
export const IPROUTE2: Server = { binary: '/usr/sbin/ip', debianPackage: 'iproute2' };
export const NODE_EXPORTER: Server = {
  binary: '/usr/bin/prometheus-node-exporter',
  debianPackage: 'prometheus-node-exporter',
};
export const PROMTOOL: Server = { binary: '/usr/bin/promtool', debianPackage: 'prometheus' };
export const SYSTEMD: Server = { binary: '/usr/bin/systemd-analyze', debianPackage: 'systemd' };
export const MMDBLOOKUP: Server = { binary: '/usr/bin/mmdblookup', debianPackage: 'mmdb-bin' };
export const ZSH: Server = { binary: '/usr/bin/zsh', debianPackage: 'zsh' };
export const FISH: Server = { binary: '/usr/bin/fish', debianPackage: 'fish' };
export const GROFF: Server = { binary: '/usr/bin/groff', debianPackage: 'groff-base' };
export const MAN: Server = { binary: '/usr/bin/man', debianPackage: 'man-db' };
export const MANDOC: Server = { binary: '/usr/bin/mandoc', debianPackage: 'mandoc' };
/** Reads what Chromium prints. */
export const PDFTOTEXT: Server = { binary: '/usr/bin/pdftotext', debianPackage: 'poppler-utils' };
export const CHROMIUM: Server = { binary: '/usr/bin/chromium', debianPackage: 'chromium' };

/**
 * Installs missing servers where that is possible (Debian, as root).
 *
 * @throws Error that says what to install; a missing server never skips a test
 */
export function installServers(servers: readonly Server[]): void {
  const missing = servers.filter(({ binary }) => !existsSync(binary)).map(({ debianPackage }) => debianPackage);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `the tests need ${missing.join(', ')}: install these packages (Debian: apt-get install ${missing.join(' ')})`,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stdio: ['ignore', 'ignore', 'inherit'] } satisfies Parameters<typeof execFileSync>[2];
  execFileSync('apt-get', ['update', '-qq'], options);
  // The services that packages start on installation are not used; the tests start their own.
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options);
}
