import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MB } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { type AnyDatabase, addEvents, addName, DATABASES } from '../support/servers/databases.ts';
import { type RsyslogServer, startRsyslog } from '../support/servers/rsyslog.ts';

const NOW = 1_763_950_000;

describe.each(Object.entries(DATABASES))('%s', (_, create) => {
  let database: AnyDatabase;
  let rsyslog: RsyslogServer;
  beforeEach(async () => {
    database = await create();
    rsyslog = await startRsyslog();
  });
  afterEach(async () => {
    await database.drop();
    await rsyslog.stop();
  });

  const run = async (...args: string[]) => {
    const syslog = `tcp://127.0.0.1:${rsyslog.port}`;
    return leaktally(['--database', database.url, '--syslog', syslog, '--format', 'json', ...args], {
      env: database.env,
    });
  };
  const look = async (...args: string[]) => {
    const { code, stdout, stderr } = await run('--as-of', `${NOW}`, ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };

  test('adds up exactly what is in the window', async () => {
    await addEvents(database, [
      { epoch: NOW - 86_401, bytes: 1000 * MB },
      { epoch: NOW - 86_400, bytes: 40 * MB },
      { epoch: NOW - 5, bytes: 40 * MB },
      { epoch: NOW, bytes: 20 * MB + 1 },
      { epoch: NOW + 1, bytes: 1000 * MB },
      { epoch: NOW, bytes: '5,242,880' },
      { epoch: NOW, policy: 'exceeded 5 mb in 5', bytes: 1000 * MB },
      { epoch: NOW, message: 'Exceeded 5 MB in 5 without a count' },
      { epoch: NOW, message: 'Exceeded 5 MB in 5 SUM_OCTETDELTACOUNT : 7' },
      { epoch: NOW, source: null, destination: Buffer.from('odd'), bytes: 200 * MB },
      { epoch: NOW, source: '::ffff:10.1.1.5', bytes: 7 },
      { epoch: NOW, source: '2001:db8::1', destination: '2001:db8::2', bytes: Number.MAX_SAFE_INTEGER },
      { epoch: NOW, source: '2001:db8::1', destination: '2001:db8::2', bytes: Number.MAX_SAFE_INTEGER },
    ]);
    const { events, leaks } = await look();
    expect(events).toEqual({ matched: 10, counted: 7, excluded: 0, unreadable: 3, newest: NOW, excludedBytes: 0 });
    expect(
      leaks.map(({ source, destination, events }: Record<string, unknown>) => [source, destination, events]),
    ).toEqual([
      ['2001:db8::1', '2001:db8::2', 2],
      ['unknown', 'unknown', 1],
      ['10.1.1.5', '203.0.113.9', 4],
    ]);
    expect(leaks[2]).toMatchObject({ bytes: 100 * MB + 8, firstSeen: NOW - 86_400, lastSeen: NOW });
    const { stdout } = await run('--as-of', `${NOW}`);
    expect(stdout).toContain(`"bytes": ${BigInt(Number.MAX_SAFE_INTEGER) * 2n},`);
  });

  test('takes policy names as they are', async () => {
    const policy = `100% "of_it" don't \\!`;
    await addEvents(database, [
      { epoch: NOW, policy, bytes: 60 * MB },
      { epoch: NOW, policy: `100x "of it" don't \\!`, bytes: 60 * MB },
      { epoch: NOW, policy: 'Other', bytes: 70 * MB },
    ]);
    expect((await look('--policy', policy)).events.matched).toBe(1);
    expect((await look('--policy', policy, 'Other')).leaks[0].bytes).toBe(130 * MB);
  });

  test('names destinations, newest first, each name once, only those of the window', async () => {
    await addEvents(database, [{ epoch: NOW, bytes: 101 * MB }]);
    await addName(database, '10.1.1.5', '203.0.113.9', 'older.example.net', NOW - 100);
    await addName(database, '10.1.1.5', '203.0.113.9', 'newest.example.net', NOW - 10);
    await addName(database, '10.1.1.5', '203.0.113.9', 'older.example.net', NOW - 50);
    await addName(database, '::ffff:10.1.1.5', '203.0.113.9', 'evil\n\u001b[31m\u202e', NOW - 200);
    await addName(database, '10.1.1.5', '203.0.113.9', 'too-old.example.net', NOW - 86_401);
    await addName(database, '10.1.1.6', '203.0.113.9', 'not-mine.example.net', NOW);
    expect((await look()).leaks[0].fqdns).toEqual(['newest.example.net', 'older.example.net', 'evil??[31m?']);
  });

  test('alerts each leak once, and again when it is new again', async () => {
    const now = Math.floor(Date.now() / 1000);
    await addEvents(database, [
      { epoch: now - 600, bytes: 60 * MB },
      { epoch: now - 300, bytes: 60 * MB },
    ]);
    const statuses = [];
    for (let count = 0; count < 2; count++) statuses.push(JSON.parse((await run()).stdout).leaks[0]);
    expect(statuses.map(({ status, alert }) => [status, alert])).toEqual([
      ['new', 'sent'],
      ['known', 'none'],
    ]);
    await addEvents(database, [{ epoch: now - 1, bytes: 120 * MB }]);
    expect(JSON.parse((await run()).stdout).leaks[0]).toMatchObject({
      status: 'grown',
      alert: 'sent',
      bytes: 240 * MB,
    });
    await database.query('delete from alm_bulletin_board_data where epoch < ?', [now - 200]);
    await database.query('update alm_bulletin_board_data set message = ?', [
      'Exceeded 5 MB in 5 sum_octetdeltacount : 50000000',
    ]);
    expect(JSON.parse((await run()).stdout).leaks).toEqual([]);
    const [episode] = await database.query('select closed_at from leaktally_state');
    expect(episode?.closed_at).not.toBeNull();
    await sleep(1000);
    await addEvents(database, [{ epoch: now, bytes: 60 * MB }]);
    expect(JSON.parse((await run()).stdout).leaks[0]).toMatchObject({ status: 'new', alert: 'sent' });
    const records = await rsyslog.waitForRecords(3);
    expect(records.map((record) => /Total Byte Exfil: (\d+)/.exec(record)?.[1])).toEqual([
      '120000000',
      '240000000',
      '110000000',
    ]);
    expect(new Set(records.map((record) => /Alert: (\w+)/.exec(record)?.[1])).size).toBe(3);
  });

  test('a dry run writes nothing, and knows what was alerted before', async () => {
    const now = Math.floor(Date.now() / 1000);
    await addEvents(database, [{ epoch: now - 300, bytes: 101 * MB }]);
    const first = JSON.parse((await run('--dry-run')).stdout);
    expect(first.leaks[0]).toMatchObject({ status: 'new', alert: 'would-send' });
    await expect(database.query('select * from leaktally_state')).rejects.toThrow();
    await run();
    const second = JSON.parse((await run('--dry-run')).stdout);
    expect(second.leaks[0]).toMatchObject({ status: 'known', alert: 'none' });
    expect(rsyslog.records()).toHaveLength(1);
  });
});
