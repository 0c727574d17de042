import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder } from '../folders.ts';
import type { Certificate } from './certificates.ts';
import { HAPROXY, NGINX, NGINX_STREAM } from './install.ts';
import { accepts, freePort, kill, startServer, waitUntilReady } from './process.ts';

/** A proxy in front of a port of 127.0.0.1. */
export interface ProxyServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** HAProxy with its usual three retries; with a certificate it ends TLS. */
export function startHaproxy(server: number, certificate?: Certificate): Promise<ProxyServer> {
  return start((port, folder) => {
    const pem = join(folder, 'proxy.pem');
    if (certificate) writeFileSync(pem, readFileSync(certificate.cert, 'utf8') + readFileSync(certificate.key, 'utf8'));
    return haproxy(
      folder,
      `listen syslog
  bind 127.0.0.1:${port}${certificate ? ` ssl crt ${pem}` : ''}
  server receiver 127.0.0.1:${server}
`,
    );
  });
}

/** HAProxy that reads records itself and sends each on over UDP. */
export function startLogForward(receiver: number): Promise<ProxyServer> {
  return start((port, folder) =>
    haproxy(
      folder,
      `log-forward syslog
  bind 127.0.0.1:${port}
  log 127.0.0.1:${receiver} format raw local0
`,
    ),
  );
}

function haproxy(folder: string, section: string): [string, string[]] {
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(
    config,
    `defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
${section}`,
  );
  return [HAPROXY.binary, ['-db', '-f', config]];
}

/** nginx with its stream module. */
export function startNginx(server: number): Promise<ProxyServer> {
  return start((port, folder) => {
    const config = join(folder, 'nginx.conf');
    writeFileSync(
      config,
      `load_module ${NGINX_STREAM.binary};
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr;
events {}
stream {
  server {
    listen 127.0.0.1:${port};
    proxy_pass 127.0.0.1:${server};
    proxy_connect_timeout 2s;
  }
}
`,
    );
    return [NGINX.binary, ['-e', 'stderr', '-p', folder, '-c', config]];
  });
}

async function start(configure: (port: number, folder: string) => [string, string[]]): Promise<ProxyServer> {
  const [port, folder] = [await freePort(), emptyFolder('proxy')];
  const server = startServer(...configure(port, folder));
  await waitUntilReady('the proxy', server, () => accepts(port));
  return { port, stop: () => kill(server.process) };
}
