import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linesOf } from '../command/output.ts';
import { emptyFolder } from '../folders.ts';
import { accepts, freePort, kill, startServer, waitFor, waitUntilReady } from './process.ts';

/** A private rsyslogd that listens on UDP and TCP and writes each record to a file, one per line, as received. */
export interface RsyslogServer {
  /** The same number for UDP and TCP. */
  readonly port: number;
  /** For --syslog. */
  readonly tcpUrl: string;
  readonly udpUrl: string;
  readonly pid: number;
  /** The records so far, with control characters escaped by rsyslog (#012 is a line feed). */
  records(): string[];
  /** Waits until there are at least this many records, and returns them. */
  waitForRecords(count: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** TLS for TCP, with paths of PEM files. */
export interface RsyslogTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Refuse clients without a certificate of the CA. */
  readonly clientCertificate?: boolean;
}

export async function startRsyslog(tls?: RsyslogTls): Promise<RsyslogServer> {
  const folder = emptyFolder('rsyslog');
  const [port, log, config] = [await freePort(), join(folder, 'log'), join(folder, 'rsyslog.conf')];
  writeFileSync(log, '');
  writeFileSync(
    config,
    `global(workDirectory="${folder}"${tls ? tlsFiles(tls) : ''})
module(load="imudp")
module(load="imtcp"${tls ? tlsDriver(tls) : ''})
input(type="imudp" address="127.0.0.1" port="${port}")
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="raw" type="string" string="%rawmsg%\\n")
action(type="omfile" file="${log}" template="raw")
`,
  );
  const server = startServer('/usr/sbin/rsyslogd', ['-n', '-f', config, '-i', join(folder, 'pid')]);
  const records = () => linesOf(readFileSync(log, 'utf8'));
  await waitUntilReady('rsyslogd', server, () => accepts(port));
  return {
    port,
    tcpUrl: `tcp://127.0.0.1:${port}`,
    udpUrl: `udp://127.0.0.1:${port}`,
    pid: server.process.pid as number,
    records,
    waitForRecords: async (count) => {
      await waitFor(`rsyslog has ${count} records`, () => records().length >= count, 10_000);
      return records();
    },
    stop: async () => {
      await kill(server.process);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function tlsFiles({ ca, cert, key }: RsyslogTls): string {
  const driver = 'DefaultNetstreamDriver';
  return ` ${driver}="gtls" ${driver}CAFile="${ca}" ${driver}CertFile="${cert}" ${driver}KeyFile="${key}"`;
}

function tlsDriver({ clientCertificate = false }: RsyslogTls): string {
  return ` StreamDriver.Mode="1" StreamDriver.AuthMode="${clientCertificate ? 'x509/certvalid' : 'anon'}"`;
}
