import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MB } from '../support/builders/events.ts';
import { leaktally } from '../support/command/command.ts';
import { type JsonReport, parseCsv } from '../support/command/report.ts';
import { parseAlert } from '../support/receivers/alerts.ts';
import { type Receiver, startReceiver } from '../support/receivers/receiver.ts';
import { type AnyDatabase, addEvents, addName, DATABASES } from '../support/servers/databases.ts';

const NOW = 1_763_950_000;
const GOOD = '198.51.100.1';
const MIXED = '198.51.100.2';

describe.each(Object.entries(DATABASES))('%s', (_, create) => {
  let database: AnyDatabase;
  let receiver: Receiver;
  beforeEach(async () => {
    [database, receiver] = await Promise.all([create(), startReceiver()]);
  });
  afterEach(async () => {
    await receiver.stop();
    await database.drop();
  });

  const run = (...args: string[]) =>
    leaktally(['--database', database.url, ...args], { env: { ...database.env, LEAKTALLY_SYSLOG: receiver.url } });
  /** The report of a dry run that has nothing to complain about. */
  const report = async (...args: string[]): Promise<JsonReport> => {
    const { code, stdout, stderr } = await run('--as-of', `${NOW}`, '--format', 'json', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as JsonReport;
  };
  const sent = (source: string | null, destination: string | null, megabytes: number, secondsAgo = 60) => ({
    epoch: NOW - secondsAgo,
    source,
    destination,
    bytes: megabytes * MB,
  });

  test('what is excluded is counted, in events and bytes, and adds up', async () => {
    await addEvents(database, [
      sent('10.1.1.5', '203.0.113.9', 150),
      sent('10.1.1.5', '10.9.9.9', 200),
      sent('10.1.1.5', '::ffff:10.9.9.9', 1),
      sent('10.1.2.5', '203.0.113.9', 300),
      sent('2001:db8::5', '203.0.113.9', 110),
      sent(null, '10.9.9.9', 120),
      { ...sent('10.1.1.5', '10.9.9.9', 0), message: 'Exceeded 5 MB in 5 sum_octetdeltacount : 5,2' },
    ]);
    const inside = await report('--exclude-destination', '10.0.0.0/8', '--exclude-source', '10.1.2.0/24');
    expect(inside.events).toMatchObject({
      matched: 7,
      counted: 2,
      excluded: 4,
      unreadable: 1,
      excludedBytes: 621 * MB,
    });
    expect(inside.leaks.map(({ source, bytes }) => [source, bytes])).toEqual([
      ['10.1.1.5', 150 * MB],
      ['2001:db8::5', 110 * MB],
    ]);
    const only = await report('--include-source', '10.0.0.0/8');
    // An unknown source may be any, so it stays.
    expect(only.events).toMatchObject({ counted: 5, excluded: 1, unreadable: 1, excludedBytes: 110 * MB });
    expect(only.leaks.map(({ source }) => source)).toEqual(['10.1.2.5', '10.1.1.5', '10.1.1.5', 'unknown']);
    const table = (await run('--as-of', `${NOW}`, '--exclude-source', '10.1.2.0/24')).stdout;
    expect(table).toContain('7 events matched: 5 counted, 1 excluded (300 MB), 1 unreadable');
  });

  test('a domain is excluded only when every name of the pair in the window is below it', async () => {
    await addEvents(database, [
      sent('10.1.1.5', GOOD, 150),
      sent('10.1.1.5', MIXED, 140),
      sent('10.1.1.5', '198.51.100.3', 130),
      sent('10.1.1.6', GOOD, 120),
    ]);
    await addName(database, '10.1.1.5', GOOD, 'A.EFSCLOUD.net', NOW - 60);
    await addName(database, '10.1.1.5', GOOD, 'b.efscloud.net.', NOW - 70);
    // Out of the window, so it is not known.
    await addName(database, '10.1.1.5', GOOD, 'evil.example', NOW - 90_000);
    await addName(database, '10.1.1.5', MIXED, 'evil.example', NOW - 5000);
    // More good names, all newer, than are kept of a pair.
    for (let index = 0; index < 120; index++) {
      await addName(database, '10.1.1.5', MIXED, `n${index}.efscloud.net`, NOW - index);
    }
    await addName(database, '10.1.1.5', '198.51.100.3', 'notefscloud.net', NOW - 60);
    const { events, leaks } = await report('--exclude-domain', 'efscloud.net');
    expect(events).toMatchObject({ matched: 4, counted: 3, excluded: 1, excludedBytes: 150 * MB });
    expect(leaks.map(({ source, destination }) => [source, destination])).toEqual([
      ['10.1.1.5', MIXED],
      ['10.1.1.5', '198.51.100.3'],
      // The same address, of which this source knows no name.
      ['10.1.1.6', GOOD],
    ]);
  });

  test('entries that match nothing are named with --debug, and a run that excludes alerts the rest', async () => {
    const recent = Math.floor(Date.now() / 1000);
    await addEvents(database, [
      { epoch: recent, source: '10.1.1.5', destination: '203.0.113.9', bytes: 150 * MB },
      { epoch: recent, source: '10.1.1.6', destination: '203.0.113.9', bytes: 150 * MB },
    ]);
    const args = ['--exclude-source', '10.1.1.6,10.7.0.0/16', '--exclude-domain', 'efscloud.net'];
    const quiet = await run(...args);
    expect(quiet).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.records().map((record) => parseAlert(record).source)).toEqual(['10.1.1.5']);
    const { stderr } = await run(...args, '--debug');
    expect(stderr).toContain('10.7.0.0/16, efscloud.net');
    expect(stderr).not.toContain('10.1.1.6');
    // What was excluded is new once it no longer is.
    await run();
    expect(receiver.records().map((record) => parseAlert(record).source)).toEqual(['10.1.1.5', '10.1.1.6']);
  });

  test('grouped by domain, a cloud that changes its addresses is one group', async () => {
    await addEvents(database, [
      ...[1, 2, 3].map((last) => sent('10.1.1.5', `203.0.113.${last}`, 40)),
      sent('10.1.1.6', '203.0.113.1', 30),
      sent('10.1.1.6', '203.0.113.99', 105),
    ]);
    await addName(database, '10.1.1.5', '203.0.113.1', 'a.files.example.co.uk', NOW - 60);
    await addName(database, '10.1.1.5', '203.0.113.1', 'older.example.org', NOW - 600);
    await addName(database, '10.1.1.5', '203.0.113.2', 'B.Example.co.uk', NOW - 60);
    await addName(database, '10.1.1.5', '203.0.113.3', 'example.co.uk', NOW - 60);
    await addName(database, '10.1.1.6', '203.0.113.1', 'x.example.co.uk', NOW - 60);
    // Nobody can register these.
    await addName(database, '10.1.1.6', '203.0.113.99', 'co.uk', NOW - 60);
    const bySource = await report('--group-by', 'source,domain');
    expect(bySource.groupBy).toEqual(['source', 'domain']);
    expect(bySource.leaks).toMatchObject([
      {
        ...{ source: '10.1.1.5', destination: null, domain: 'example.co.uk', bytes: 120 * MB, events: 3 },
        destinations: { count: 3 },
        fqdns: expect.arrayContaining(['a.files.example.co.uk', 'B.Example.co.uk', 'older.example.org']),
      },
      { source: '10.1.1.6', domain: '203.0.113.99', bytes: 105 * MB },
    ]);
    const byDomain = await report('--group-by', 'domain');
    expect(byDomain.leaks).toMatchObject([
      { source: null, destination: null, domain: 'example.co.uk', bytes: 150 * MB, sources: { count: 2 } },
      { domain: '203.0.113.99', bytes: 105 * MB },
    ]);
    const table = (await run('--as-of', `${NOW}`, '--group-by', 'source,domain')).stdout;
    expect(table).toMatch(/^10\.1\.1\.5 +example\.co\.uk +120 MB/m);
    expect(table).toContain('3 destinations');
  });

  test('more pairs than fit into a statement are named all the same', async () => {
    const pairs = Array.from({ length: 1100 }, (_, index) => `203.0.${index >> 8}.${index & 255}`);
    await addEvents(
      database,
      pairs.map((destination) => sent('10.1.1.5', destination, 1)),
    );
    for (const [index, destination] of pairs.entries()) {
      await addName(database, '10.1.1.5', destination, `host${index}.example.com`, NOW - 60);
    }
    await addName(database, '10.1.1.99', '203.0.0.1', 'other.example.org', NOW - 60);
    const { leaks } = await report('--threshold', '500kB');
    expect(leaks).toHaveLength(1100);
    const names = new Map(leaks.map(({ destination, fqdns }) => [destination, fqdns]));
    for (const [index, destination] of pairs.entries()) {
      expect(names.get(destination)).toEqual([`host${index}.example.com`]);
    }
  });

  test('groups near the threshold are shown below the leaks with the time of their crossing, and never alerted', async () => {
    const recent = Math.floor(Date.now() / 1000);
    const at = (source: string, megabytes: number, secondsAgo: number) => ({
      ...{ epoch: recent - secondsAgo, source, destination: '203.0.113.9', bytes: megabytes * MB },
    });
    await addEvents(database, [
      at('10.1.1.5', 150, 60),
      // 45 MB in each of the last two hours: 10 MB are left, in 800 seconds.
      ...[1, 2].map((hours) => at('10.1.1.6', 45, hours * 3600 - 60)),
      at('10.1.1.7', 85, 20 * 3600),
      at('10.1.1.8', 100, 60),
      at('10.1.1.9', 79, 60),
    ]);
    const { stdout } = await run('--watch', '80', '--format', 'json');
    const { leaks, watch = [], asOf } = JSON.parse(stdout) as JsonReport;
    expect(leaks.map(({ source }) => source)).toEqual(['10.1.1.5']);
    expect(receiver.records()).toHaveLength(1);
    expect(watch.map(({ source, status, alert }) => [source, status, alert])).toEqual([
      ['10.1.1.8', 'watch', 'none'],
      ['10.1.1.6', 'watch', 'none'],
      ['10.1.1.7', 'watch', 'none'],
    ]);
    expect((watch[1]?.crossesAt ?? 0) - asOf).toBeGreaterThan(600);
    expect((watch[1]?.crossesAt ?? 0) - asOf).toBeLessThan(1000);
    expect(watch[2]?.crossesAt).toBeNull();
    const table = (await run('--watch', '80%')).stdout;
    expect(table).toMatch(/10\.1\.1\.5[\s\S]*known[\s\S]*10\.1\.1\.8[\s\S]*watch[\s\S]*10\.1\.1\.7[\s\S]*watch/);
    expect(table).toContain('at its current pace it crosses 100 MB around');
    expect(table).toContain('at its current pace it stays below 100 MB');
    expect(table).toContain('1 leak above 100 MB');
    const rows = parseCsv((await run('--watch', '80', '--format', 'csv')).stdout);
    expect(rows.map(({ status, crossesAt }) => [status, crossesAt === ''])).toEqual([
      ['known', true],
      ['watch', false],
      ['watch', false],
      ['watch', true],
    ]);
    // Not asked for, not there.
    expect(JSON.parse((await run('--format', 'json')).stdout)).not.toHaveProperty('watch');
  });

  test('--what-if compares thresholds, and neither sends nor writes', async () => {
    await addEvents(database, [
      ...[1, 2, 3, 4].map((hours) => sent('10.1.1.5', '203.0.113.9', 60, hours * 3600)),
      sent('10.1.1.6', '203.0.113.9', 80),
    ]);
    const { code, stdout, stderr } = await run('--as-of', `${NOW}`, '--what-if', '1GB,100MB, 50MB', '--format', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { whatIf, events } = JSON.parse(stdout);
    expect(events).toMatchObject({ matched: 5, counted: 5 });
    expect(whatIf).toEqual([
      // 60, then doubled at 120 and at 240; and 80 once.
      { thresholdBytes: 50 * MB, leaks: 2, alerts: 4, new: 2, grown: 2, repeat: 0 },
      // 120, doubled at 240.
      { thresholdBytes: 100 * MB, leaks: 1, alerts: 2, new: 1, grown: 1, repeat: 0 },
      { thresholdBytes: 1000 * MB, leaks: 0, alerts: 0, new: 0, grown: 0, repeat: 0 },
    ]);
    const table = (
      await run('--as-of', `${NOW}`, '--what-if', '50MB', '--realert-growth', '0', '--realert-after', '1h')
    ).stdout;
    // Each hour brings new bytes, so that each is repeated.
    expect(table).toMatch(/^ +50 MB +2 +5 +2 +0 +3$/m);
    const rows = parseCsv((await run('--as-of', `${NOW}`, '--what-if', '50MB,1GB', '--format', 'csv')).stdout);
    expect(rows.map(({ thresholdBytes, leaks }) => [thresholdBytes, leaks])).toEqual([
      ['50000000', '2'],
      ['1000000000', '0'],
    ]);
    expect(receiver.records()).toEqual([]);
    await run('--what-if', '50MB');
    await expect(database.query('select id from leaktally_state')).rejects.toThrow();
  });
});
