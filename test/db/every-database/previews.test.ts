import { expect } from 'vitest';
import { AS_OF, insertEvents, MB, sent } from '../../support/builders/events.ts';
import type { JsonReport } from '../../support/command/json-report.ts';
import { parseCsv } from '../../support/command/output.ts';
import { onEveryDatabase } from '../../support/fixtures.ts';

onEveryDatabase((test) => {
  test('groups near the threshold are shown below the leaks with the time when they will cross it, and never alerted', async ({
    database,
    receiver,
    run,
  }) => {
    const recent = await database.now();
    const at = (source: string, megabytes: number, secondsAgo: number) => ({
      ...{ epoch: recent - secondsAgo, source, destination: '203.0.113.9', bytes: megabytes * MB },
    });
    await insertEvents(database, [
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
    // Missing unless it is asked for.
    expect(JSON.parse((await run('--format', 'json')).stdout)).not.toHaveProperty('watch');
  });

  test('--what-if compares thresholds, and neither sends nor writes', async ({ database, receiver, run }) => {
    await insertEvents(database, [
      ...[1, 2, 3, 4].map((hours) => sent('10.1.1.5', '203.0.113.9', 60, hours * 3600)),
      sent('10.1.1.6', '203.0.113.9', 80),
    ]);
    const { code, stdout, stderr } = await run(
      '--as-of',
      `${AS_OF}`,
      '--what-if',
      '1GB,100MB, 50MB',
      '--format',
      'json',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { whatIf, events } = JSON.parse(stdout);
    expect(events).toMatchObject({ matched: 5, counted: 5 });
    expect(whatIf).toEqual([
      // 60 MB, doubled at 120 and at 240; and the other group's 80 MB.
      { thresholdBytes: 50 * MB, leaks: 2, alerts: 4, new: 2, grown: 2, repeat: 0 },
      // 120 MB, doubled at 240.
      { thresholdBytes: 100 * MB, leaks: 1, alerts: 2, new: 1, grown: 1, repeat: 0 },
      { thresholdBytes: 1000 * MB, leaks: 0, alerts: 0, new: 0, grown: 0, repeat: 0 },
    ]);
    const table = (
      await run('--as-of', `${AS_OF}`, '--what-if', '50MB', '--realert-growth', 'none', '--realert-after', '1h')
    ).stdout;
    // Each hour brings new bytes and with them another alert.
    expect(table).toMatch(/^ +50 MB +2 +5 +2 +0 +3$/m);
    const rows = parseCsv((await run('--as-of', `${AS_OF}`, '--what-if', '50MB,1GB', '--format', 'csv')).stdout);
    expect(rows.map(({ thresholdBytes, leaks }) => [thresholdBytes, leaks])).toEqual([
      ['50000000', '2'],
      ['1000000000', '0'],
    ]);
    expect(receiver.records()).toEqual([]);
    await run('--what-if', '50MB');
    await expect(database.query('select id from leaktally_state')).rejects.toThrow();
  });
});
