import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { waitFor } from '../servers/process.ts';
import type { RsyslogServer } from '../servers/rsyslog.ts';

const MARK = 'mark of the tests';

/**
 * All records sent so far. Waits until none is in flight: marks are sent after them, and when those have arrived, so have
 * all earlier records.
 */
export async function recordsUntilNow(rsyslog: RsyslogServer): Promise<string[]> {
  const marks = [randomUUID(), randomUUID()].map((id) => `${MARK} ${id}`);
  const [byUdp, byTcp] = marks.map((mark) => `<14>Jan  1 00:00:00 host test: ${mark}`);
  const socket = createSocket('udp4');
  socket.send(byUdp ?? '', rsyslog.port, '127.0.0.1', () => socket.close());
  connect(rsyslog.port, '127.0.0.1').end(`${byTcp}\n`);
  await waitFor('the marks have arrived', () => {
    const text = rsyslog.records().join('\n');
    return marks.every((mark) => text.includes(mark));
  });
  return rsyslog.records().filter((record) => !record.includes(MARK));
}

/** Starts to watch for new records. @returns a function that gives those that have arrived since */
export async function recordsFromNow(rsyslog: RsyslogServer): Promise<() => Promise<string[]>> {
  const before = (await recordsUntilNow(rsyslog)).length;
  return async () => (await recordsUntilNow(rsyslog)).slice(before);
}
