import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTcpServer, type Server } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatRecord } from '../../../src/alert/record.ts';
import { syslogSender } from '../../../src/alert/syslog-sender.ts';
import { SyslogError } from '../../../src/errors.ts';
import { parseSyslogUrl, type SyslogTarget } from '../../../src/options/syslog-target.ts';
import { NOBODY_LISTENS, startReceiver, type Treatment } from '../../support/receivers/receiver.ts';
import { type Certificate, createAuthority } from '../../support/servers/certificates.ts';
import { waitFor } from '../../support/servers/process.ts';

const HEADER = { rfc3164: true, facility: 21, severity: 6, tag: 'DATAEXFIL' };

function senderTo(url: string) {
  return syslogSender({ ...HEADER, target: parseSyslogUrl(url) as SyslogTarget });
}

/** Sends to the receiver at this URL. @returns null, or the error */
async function send(url: string, limitSeconds = 20, message = 'a message'): Promise<SyslogError | null> {
  const error = await senderTo(url)
    .send(message, limitSeconds)
    .catch((reason: unknown) => reason);
  if (error === undefined) return null;
  expect(error).toBeInstanceOf(SyslogError);
  return error as SyslogError;
}

/** A receiver for one test. */
async function receiverThat(treat?: Treatment) {
  const receiver = await startReceiver(treat);
  onTestFinished(() => receiver.stop());
  return { ...receiver, url: receiver.url.replace(/\?.*/, '') };
}

describe('over TCP', () => {
  test('each record has a connection of its own, and ends with a line feed', async () => {
    const { url, records, connections } = await receiverThat();
    const { send } = senderTo(url);
    await send('first', 20);
    await send('second', 20);
    expect(records()).toEqual([expect.stringMatching(/: first$/), expect.stringMatching(/: second$/)]);
    expect(connections()).toBe(2);
  });

  test('with octet counting, a record begins with its number of bytes and has no line feed', async () => {
    let text = '';
    const { url } = await receiverThat(({ socket, accept }) => {
      socket.on('data', (chunk) => {
        text += chunk;
      });
      return accept();
    });
    expect(await send(`${url}?framing=octet-counting`, 20, 'größer')).toBeNull();
    const [, count, record = ''] = /^(\d+) (.*)$/s.exec(text) ?? [];
    expect(Number(count)).toBe(Buffer.byteLength(record));
    expect(record).toMatch(/^<174>.*: größer$/);
  });

  test('the connection is over once the record is acknowledged', async () => {
    const closed: Promise<unknown>[] = [];
    const { url } = await receiverThat(({ socket, read }) => {
      closed.push(once(socket, 'close'));
      return read().then(() => socket.end());
    });
    expect(await send(url)).toBeNull();
    await Promise.all(closed);
    expect(closed).toHaveLength(1);
  });

  test.each<[string, Treatment]>([
    ['resets the connection when it opens', ({ socket }) => socket.resetAndDestroy()],
    ['closes the connection when it opens', ({ socket }) => socket.destroy()],
    ['closes the connection at the first byte', ({ socket }) => socket.once('data', () => socket.end())],
    ['resets the connection after the record', ({ socket, read }) => read().then(() => socket.resetAndDestroy())],
  ])('a receiver that %s has not acknowledged anything, with ack=none either', async (_, treat) => {
    const { url } = await receiverThat(treat);
    const framing = /: the receiver closed the connection before reading everything; [^;]*\?framing=octet-counting$/;
    for (const query of ['', '?ack=none']) {
      expect(await send(url + query)).toMatchObject({ message: expect.stringMatching(framing) });
    }
    const other = await send(`${url}?framing=octet-counting`);
    expect(other?.message).toMatch(/\?framing=line-feed$/);
  });

  test('a receiver that reads and never closes has not acknowledged: the error says for how long that was waited', async () => {
    const { url } = await receiverThat(({ read }) => read());
    const error = await send(url);
    expect(error?.message).toMatch(
      /^syslog tcp:\/\/127\.0\.0\.1:\d+: no acknowledgement within 1 s, .* \?ack=3s .* \?ack=none /,
    );
    expect(error?.cause).toMatchObject({ code: 'NOT_ACKNOWLEDGED' });
    // The alert's own limit is shorter.
    expect((await send(`${url}?ack=4s`, 0.6))?.message).toMatch(/ within 0\.6 s, .* \?ack=12s /);
  });

  test('nothing is left behind of a receiver that never closes: a timer would keep the run alive', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const { url } = await receiverThat(({ read }) => read());
    const before = timers();
    expect((await send(`${url}?timeout=10m`, 600))?.message).toContain('no acknowledgement');
    expect(await send(`${url}?timeout=10m&ack=none`, 600)).toBeNull();
    await waitFor('no timer is left', () => timers() <= before);
  });

  test('a receiver may take as long as ?ack says', async () => {
    const { url } = await receiverThat(({ socket, read }) => read().then(() => setTimeout(() => socket.end(), 1500)));
    expect(await send(`${url}?timeout=1m&ack=50s`, 60)).toBeNull();
    expect((await send(url))?.message).toContain('no acknowledgement within 1 s');
  });

  test('with ack=none, one that reads and never closes has got the record', async () => {
    const { url, waitForRecords } = await receiverThat(({ read }) => read());
    expect(await send(`${url}?ack=none`)).toBeNull();
    expect(await waitForRecords(1)).toEqual([expect.stringMatching(/: a message$/)]);
  });

  test('a record has at most 2 KiB in either form, unless the URL says more', () => {
    const target = (query: string) => parseSyslogUrl(`tcp://127.0.0.1:514${query}`) as SyslogTarget;
    for (const rfc3164 of [true, false]) {
      for (const [query, maxBytes] of [
        ['', 2048],
        ['?max=9000', 9000],
      ] as const) {
        const settings = { ...HEADER, rfc3164, target: target(query) };
        const { maxMessageBytes } = syslogSender(settings);
        expect(formatRecord('x'.repeat(maxMessageBytes), settings)).toHaveLength(maxBytes);
      }
    }
  });

  test('a closed port refuses the connection', async () => {
    const error = await send(NOBODY_LISTENS);
    expect(error?.message).toMatch(/^syslog tcp:\/\/127\.0\.0\.1:1: connection refused; .*receiver.*port/);
    expect(error?.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('over TLS', () => {
  const [ours, stranger] = [createAuthority('ours'), createAuthority('stranger')];
  const [server, client, otherClient] = [ours.issue('localhost'), ours.issue('client'), stranger.issue('client')];
  const files = { cert: readFileSync(server.cert), key: readFileSync(server.key), ca: readFileSync(ours.cert) };
  const certificate = ({ cert, key }: Certificate) => `&cert=${cert}&key=${key}`;

  /** A receiver with a certificate for localhost, that acknowledges what it reads. @returns the URL without a query */
  async function tlsReceiver(options: TlsOptions = {}, records: string[] = [], host = 'localhost'): Promise<string> {
    const receiver = createServer({ ...files, allowHalfOpen: true, ...options }, (socket: TLSSocket) => {
      socket.on('error', () => undefined).setEncoding('utf8');
      socket.on('data', (text) => records.push(String(text))).on('end', () => socket.end());
    });
    return `tls://${host}:${await listen(receiver.on('tlsClientError', () => undefined))}`;
  }

  async function listen(server: Server): Promise<number> {
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as { port: number }).port;
  }

  test('a record goes to a receiver with a certificate of the named CA', async () => {
    const records: string[] = [];
    expect(await send(`${await tlsReceiver({}, records)}?ca=${ours.cert}`)).toBeNull();
    expect(records.join('')).toMatch(/^<174>.*: a message\n$/);
  });

  test('one of another CA, or of none that is known, is refused', async () => {
    const url = await tlsReceiver();
    for (const query of ['', `?ca=${stranger.cert}`, `?ca=${stranger.cert}&verify=ca`]) {
      expect((await send(url + query))?.message).toMatch(
        /not from a trusted CA; name the CA file with the ca parameter$/,
      );
    }
  });

  test('one for another host is refused, unless only the CA matters', async () => {
    const url = await tlsReceiver({}, [], '127.0.0.1');
    expect((await send(`${url}?ca=${ours.cert}`))?.message).toMatch(
      /for another host; check the name, or use verify=ca$/,
    );
    expect(await send(`${url}?ca=${ours.cert}&verify=ca`)).toBeNull();
  });

  test('a receiver that wants a client certificate gets it; without it, or with another, the error says so', async () => {
    const records: string[] = [];
    const url = await tlsReceiver({ requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' }, records);
    expect(await send(`${url}?ca=${ours.cert}${certificate(client)}`)).toBeNull();
    expect((await send(`${url}?ca=${ours.cert}`))?.message).toMatch(/client certificate, set cert and key in the URL/);
    expect((await send(`${url}?ca=${ours.cert}${certificate(otherClient)}`))?.message).toMatch(
      /^syslog tls:.*certificate/,
    );
    expect(records).toHaveLength(1);
  });

  test('a receiver that closes the connection may want a client certificate, or another one', async () => {
    const closing = createServer(files, (socket) => socket.on('error', () => undefined).destroy());
    const url = `tls://localhost:${await listen(closing.on('tlsClientError', () => undefined))}?ca=${ours.cert}`;
    expect((await send(url))?.message).toMatch(/ a client certificate, or \?framing=octet-counting$/);
    expect((await send(url + certificate(client)))?.message).toMatch(/ another client certificate, or \?framing=/);
  });

  test('nothing is sent in the clear to a receiver that speaks no TLS', async () => {
    let text = '';
    const plain = createTcpServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (chunk) => {
          text += chunk.toString('latin1');
          socket.write('220 this is no TLS\r\n');
        });
    });
    const url = `tls://localhost:${await listen(plain)}?ca=${ours.cert}`;
    expect((await send(url))?.message).toMatch(/does not speak TLS on this port; .* send over tcp:\/\/$/);
    expect(text).not.toContain('a message');
  });

  test('a receiver that never answers is given up when the time is over', async () => {
    const { url } = await receiverThat(() => undefined);
    const error = await send(url.replace('tcp:', 'tls:').replace('127.0.0.1', 'localhost'), 0.5);
    expect(error?.message).toMatch(/: no answer in time; /);
    expect(error?.cause).toMatchObject({ code: 'ETIMEDOUT' });
  });

  test('a file that cannot be read is a fault of the receiver named, before anything is sent', () => {
    expect(() => senderTo('tls://localhost:1?ca=no-such-ca.pem')).toThrow(
      expect.objectContaining({ name: new SyslogError('').name, cause: expect.any(Error) }),
    );
    expect(() => senderTo('tls://localhost:1?ca=no-such-ca.pem')).toThrow(
      /^syslog tls:\/\/localhost:1: .*no-such-ca\.pem/,
    );
  });
});
