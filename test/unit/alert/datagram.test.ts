import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatRecord } from '../../../src/alert/record.ts';
import { type SyslogSender, syslogSender } from '../../../src/alert/syslog-sender.ts';
import { SyslogError } from '../../../src/errors.ts';
import { parseSyslogUrl, type SyslogTarget } from '../../../src/options/syslog-target.ts';
import { freePort, waitFor } from '../../support/servers/process.ts';

const LIMIT_SECONDS = 20;

const HEADER = { rfc3164: true, facility: 21, severity: 6, tag: 'DATAEXFIL' };

function targetOf(url: string): SyslogTarget {
  return parseSyslogUrl(url) as SyslogTarget;
}

/** @returns a sender that the test does not have to close */
function senderTo(host: string, port: number): SyslogSender {
  const sender = syslogSender({ ...HEADER, target: targetOf(`udp://${host}:${port}`) });
  onTestFinished(() => sender.close());
  return sender;
}

/** Listens until the test is over. @param port 0 for any */
async function listen(port = 0, type: 'udp4' | 'udp6' = 'udp4') {
  const datagrams: string[] = [];
  const socket = createSocket(type).on('message', (datagram) => datagrams.push(datagram.toString()));
  await once(socket.bind(port, type === 'udp4' ? '127.0.0.1' : '::1'), 'listening');
  onTestFinished(() => void socket.close());
  const received = (count: number) => waitFor(`${count} datagrams`, () => datagrams.length >= count);
  return { port: socket.address().port, datagrams, received };
}

/** @returns what each of these messages failed with; null for those that were sent */
async function sendAll({ send }: SyslogSender, ...messages: string[]): Promise<(string | null)[]> {
  const errors: (string | null)[] = [];
  for (const message of messages) {
    const error = await send(message, LIMIT_SECONDS).catch((reason: unknown) => reason);
    if (error !== undefined) expect(error).toBeInstanceOf(SyslogError);
    errors.push(error instanceof SyslogError ? error.message : null);
  }
  return errors;
}

const REFUSED = /^syslog udp:\/\/127\.0\.0\.1:\d+: connection refused; .*receiver.*port/;

describe('over UDP', () => {
  test.each([
    ['127.0.0.1', 'udp4'],
    ['[::1]', 'udp6'],
  ] as const)('each record is a datagram without a line feed, to %s', async (host, type) => {
    const { port, datagrams, received } = await listen(0, type);
    expect(await sendAll(senderTo(host, port), 'first', 'second')).toEqual([null, null]);
    await received(2);
    expect(datagrams).toEqual([expect.stringMatching(/^<174>.*: first$/), expect.stringMatching(/^<174>.*: second$/)]);
  });

  test('after a refusal nothing is sent any more, since nothing would be known of it', async () => {
    const port = await freePort();
    const sender = senderTo('127.0.0.1', port);
    expect(await sendAll(sender, 'first')).toEqual([expect.stringMatching(REFUSED)]);
    const { datagrams } = await listen(port);
    expect(await sendAll(sender, 'second')).toEqual([expect.stringMatching(REFUSED)]);
    expect(await sendAll(senderTo('127.0.0.1', port), 'third')).toEqual([null]);
    await waitFor('the last datagram', () => datagrams.length > 0);
    expect(datagrams).toEqual([expect.stringMatching(/: third$/)]);
  });

  test('a port that closes later refuses all that follows', async () => {
    const socket = createSocket('udp4');
    await once(socket.bind(0, '127.0.0.1'), 'listening');
    const sender = senderTo('127.0.0.1', socket.address().port);
    expect(await sendAll(sender, 'first')).toEqual([null]);
    socket.close();
    // One may be on its way before the refusal is known.
    const [, ...later] = await sendAll(sender, 'second', 'third', 'fourth');
    expect(later).toEqual([expect.stringMatching(REFUSED), expect.stringMatching(REFUSED)]);
  });

  test('a record that is too large for a datagram is no reason to give up on the next ones', async () => {
    const { port, datagrams, received } = await listen();
    const tooLarge = 'x'.repeat(70_000);
    expect(await sendAll(senderTo('127.0.0.1', port), tooLarge, 'first', tooLarge, 'second')).toEqual([
      expect.stringMatching(/: the datagram is too large for the network; lower \?max$/),
      null,
      expect.stringMatching(/: the datagram is too large for the network; lower \?max$/),
      null,
    ]);
    await received(2);
    expect(datagrams).toHaveLength(2);
  });

  test('an error without advice is shown as it is', async () => {
    // A broadcast address, to which sockets may not send unless they ask for it.
    expect(await sendAll(senderTo('127.255.255.255', 514), 'first')).toEqual([
      'syslog udp://127.255.255.255:514: connect EACCES 127.255.255.255:514',
    ]);
  });

  test('a closed sender sends nothing, and one that has sent nothing can be closed', async () => {
    const { port, datagrams, received } = await listen();
    const target = targetOf(`udp://127.0.0.1:${port}`);
    const sender = syslogSender({ ...HEADER, target });
    await sendAll(sender, 'first');
    sender.close();
    expect(await sendAll(sender, 'second')).toEqual([expect.stringContaining('Not running')]);
    await received(1);
    expect(datagrams).toEqual([expect.stringMatching(/: first$/)]);
    expect(() => syslogSender({ ...HEADER, target }).close()).not.toThrow();
  });

  test.each([
    ['rfc3164', '', 1024],
    ['rfc5424', '', 2048],
    ['rfc3164', '?max=1400', 1400],
  ])('in %s%s a record has at most %i bytes', async (format, query, maxBytes) => {
    const settings = { ...HEADER, target: targetOf(`udp://127.0.0.1:514${query}`), rfc3164: format === 'rfc3164' };
    const { maxMessageBytes } = syslogSender(settings);
    expect(formatRecord('x'.repeat(maxMessageBytes), settings)).toHaveLength(maxBytes);
  });
});
