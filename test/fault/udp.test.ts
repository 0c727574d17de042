import { expect, inject } from 'vitest';
import { insertLeaks } from '../support/builders/events.ts';
import type { JsonReport } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { ownNetwork, withHosts } from '../support/command/namespace.ts';
import { linesOf } from '../support/command/output.ts';
import { test } from '../support/fixtures.ts';
import { alertDestinations, alertIds } from '../support/receivers/parse-alert.ts';
import { startUdpReceiver } from '../support/receivers/udp-receiver.ts';
import { freePort } from '../support/servers/process.ts';
import { dueAlertIds } from '../support/servers/state-tables.ts';

test('a closed port: nothing counts as sent, and a later run sends everything under the same ids', async ({
  database,
  runTo,
}) => {
  await insertLeaks(database, 5);
  const closed = await runTo(`udp://127.0.0.1:${await freePort()}`);
  const due = await dueAlertIds(database);
  const receiver = await startUdpReceiver();
  const second = await runTo(`udp://127.0.0.1:${receiver.port}`);
  const records = await receiver.waitForDatagrams(5);
  receiver.stop();
  expect([closed.code, second.code]).toEqual([1, 0]);
  expect(linesOf(closed.stderr)).toEqual([expect.stringMatching(/connection refused; .*5 alerts still due/)]);
  expect(second.stdout).toContain('5 leaks above 100 MB; 5 alerts handed to UDP');
  expect(alertIds(records).sort()).toEqual([...due].sort());
});

test('a port that closes during the run: after the refusal, nothing more of that run counts as sent', async ({
  database,
  runTo,
}) => {
  await insertLeaks(database, 100);
  const receiver = await startUdpReceiver('127.0.0.1', 3);
  const { code, stdout } = await runTo(`udp://127.0.0.1:${receiver.port}`, '--format', 'json');
  expect(code).toBe(1);
  const { leaks } = JSON.parse(stdout) as JsonReport;
  const sent = leaks.filter(({ alert }) => alert === 'sent').map(({ destination }) => destination);
  expect(receiver.datagrams()).toHaveLength(3);
  // One may have been lost before the refusal was known.
  expect(sent.length).toBeLessThanOrEqual(4);
  expect(sent).toEqual(expect.arrayContaining(alertDestinations(receiver.datagrams())));
});

test('a name whose first address refuses: the next one gets everything', async ({ database }) => {
  await insertLeaks(database, 3);
  const receiver = await startUdpReceiver('127.0.0.3');
  const via = withHosts({ 'receiver.test': ['127.0.0.2', '127.0.0.3'] });
  const { code, stderr } = await runOn(database, ['--syslog', `udp://receiver.test:${receiver.port}`], { via });
  await receiver.waitForDatagrams(3);
  receiver.stop();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('a network that cannot be reached is named', async ({ database }) => {
  await insertLeaks(database, 1);
  const local = { ...database, url: `${database.url}?socket=${inject('mariadb').socket}` };
  const via = ownNetwork([20_000, 30_000]);
  const { code, stderr } = await runOn(local, ['--syslog', 'udp://192.0.2.1'], { via });
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringMatching(/the network cannot be reached; .*1 alert still due/)]);
});

test.for([
  [1024, 'rfc3164', ''],
  [2048, 'rfc5424', ''],
  [1400, 'rfc3164', '?max=1400'],
] as const)(
  'a datagram has at most %i bytes in %s%s, no line feed, and its id',
  async ([most, format, query], { database, runTo }) => {
    const [destination] = await insertLeaks(database, 1);
    await database.query(
      `insert into domain_index select inet6_aton('10.1.1.5'), inet6_aton(?), concat(seq, repeat('x', 60), '.example'), unix_timestamp() from seq_1_to_60`,
      [destination],
    );
    const receiver = await startUdpReceiver();
    const { code, stderr } = await runTo(`udp://127.0.0.1:${receiver.port}${query}`, '--syslog-format', format);
    const [datagram = ''] = await receiver.waitForDatagrams(1);
    receiver.stop();
    expect(code, stderr).toBe(0);
    expect(Buffer.byteLength(datagram)).toBeLessThanOrEqual(most);
    expect(Buffer.byteLength(datagram)).toBeGreaterThan(most - 80);
    expect(datagram).toMatch(/; Alert: [0-9a-f]{16}; FQDN: .* and \d+ more$/);
  },
);
