import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder } from '../folders.ts';

/**
 * The command line that runs another one in a network of its own, which has a loopback interface and nothing else.
 *
 * @param ports the first and the last port that the kernel chooses for connections
 */
export function ownNetwork(ports: readonly [number, number]): string[] {
  const setup = `ip link set lo up && echo '${ports.join(' ')}' > /proc/sys/net/ipv4/ip_local_port_range`;
  return unshare('--net', setup);
}

/** The command line that runs another one where these host names have these addresses. */
export function withHosts(hosts: Readonly<Record<string, readonly string[]>>): string[] {
  const file = join(emptyFolder(), 'hosts');
  const lines = Object.entries(hosts).flatMap(([name, addresses]) =>
    addresses.map((address) => `${address} ${name}\n`),
  );
  writeFileSync(file, `127.0.0.1 localhost\n${lines.join('')}`);
  return unshare('--mount', `mount --bind ${file} /etc/hosts`);
}

/** The command line that runs another one on a machine of this name, which may be one that `hostname` refuses. */
export function withHostname(name: string): string[] {
  return unshare('--uts', `printf %s '${name}' > /proc/sys/kernel/hostname`);
}

function unshare(namespace: string, setup: string): string[] {
  if (process.getuid?.() !== 0) throw new Error('this test makes a Linux namespace (unshare): run the tests as root');
  return ['unshare', namespace, 'sh', '-ec', `${setup}; exec "$@"`, 'sh'];
}
