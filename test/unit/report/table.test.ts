import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import type { Report, ReportedLeak } from '../../../src/model.ts';
import { renderTable } from '../../../src/report/table.ts';
import { REPORT as CONTRACT_REPORT, entries, LEAK } from '../../support/builders/example-report.ts';

const REPORT: Report = {
  ...CONTRACT_REPORT,
  tally: { ...CONTRACT_REPORT.tally, matched: 1105, counted: 1103, samples: ['octets : 5,2'] },
};
const IPV6 = ['2001:1db8:1111:2222:3333:4444:5555:6666', '2001:1db8:aaaa:bbbb:cccc:dddd:eeee:ffff'] as const;

const plain = new Chalk({ level: 0 });
const table = (report: Partial<Report>, columns = 80) => renderTable({ ...REPORT, ...report }, plain, columns);
const leakTable = (leak: Partial<ReportedLeak>, columns = 80) =>
  table({ leaks: entries({ ...LEAK, ...leak }) }, columns);

/** Columns on a terminal: East Asian wide characters take two. */
const width = (line: string) =>
  [...line].reduce((sum, char) => sum + (/[\u1100-\uffdc]/.test(char) && char !== '─' && char !== '…' ? 2 : 1), 0);
const widest = (text: string) => Math.max(...text.split('\n').map(width));

describe('the rows', () => {
  test('say who sent what where, when, and what it is', () => {
    const line = table({})
      .split('\n')
      .find((text) => text.includes('10.1.1.5'));
    expect(line?.split(/ {2,}/)).toEqual(['10.1.1.5', '203.0.113.9', '123 MB', '12', '11-24 02:05', 'new']);
    expect(table({})).toContain('upload.example.net');
  });

  test('come in the given order', () => {
    const text = table({
      leaks: entries({ ...LEAK, source: '10.0.0.2' }, { ...LEAK, source: '10.0.0.1' }),
    });
    expect(text.indexOf('10.0.0.2')).toBeLessThan(text.indexOf('10.0.0.1'));
  });

  test('a field outside the key: how many there are, and the largest with its share', () => {
    const destinations = { count: 37, top: [{ address: '203.0.113.9', bytes: 150_000_000n }] };
    const bySource = leakTable({ bytes: 200_000_000n, destination: null, destinations });
    expect(bySource).toMatch(/10\.1\.1\.5 +37 destinations /);
    expect(bySource).toMatch(/150 MB \(75%\) to 203\.0\.113\.9/);
    const sources = { count: 1234, top: [{ address: '10.9.9.9', bytes: 2n ** 69n }] };
    const byDestination = leakTable({ bytes: 2n ** 70n, source: null, sources });
    expect(byDestination).toMatch(/1,234 sources +203\.0\.113\.9 /);
    expect(byDestination).toMatch(/\(50%\) from 10\.9\.9\.9/);
  });

  const as = { number: 64_496, organization: 'Example Hosting' };

  test('AS and country of the destination', () => {
    expect(leakTable({ as, country: 'NL' })).toMatch(/^ +AS64496 Example Hosting, NL$/m);
    expect(leakTable({ as: { ...as, organization: null } })).toMatch(/^ +AS64496$/m);
    expect(leakTable({ country: 'NL' })).toMatch(/^ +NL$/m);
  });

  test('grouped by AS: its name in the row, and what is behind it below', () => {
    const destinations = { count: 37, top: [{ address: '203.0.113.9', bytes: 1n }] };
    const byAs = (leak: Partial<ReportedLeak>) =>
      table({ groupBy: ['as'], leaks: entries({ ...LEAK, destination: null, destinations, ...leak }) });
    expect(byAs({ as, country: 'NL' })).toMatch(/10\.1\.1\.5 +AS64496 Example Hosting +123 MB/);
    expect(byAs({ as, country: 'NL' })).toMatch(/^ +37 destinations, NL$/m);
    // It stands for itself.
    const alone = byAs({ destinations: { ...destinations, count: 1 } });
    expect(alone).toMatch(/10\.1\.1\.5 +203\.0\.113\.9 +123 MB/);
    expect(alone.match(/203\.0\.113\.9/g)).toHaveLength(1);
  });

  test('the largest of several destinations has what is not said of all of them', () => {
    const top = [{ address: '203.0.113.9', bytes: LEAK.bytes, as, country: 'NL' }];
    const several = (shared: Partial<ReportedLeak>) =>
      leakTable({ destination: null, destinations: { count: 2, top }, ...shared });
    expect(several({})).toMatch(/ to 203\.0\.113\.9,\n +AS64496 Example Hosting, NL$/m);
    expect(several({ as })).toMatch(/ to 203\.0\.113\.9,\n +NL$/m);
    expect(several({ as, country: 'NL' })).toMatch(/ to 203\.0\.113\.9$/m);
  });

  test('further names are counted, also those that were not kept; a failed look-up says why', () => {
    const fqdns = ['a.example', 'b.example', 'c.example', 'd.example'];
    expect(leakTable({ fqdns })).toMatch(/^ +a\.example, b\.example, c\.example, and 1 more name$/m);
    expect(leakTable({ fqdns, fqdnsOmitted: 900 })).toContain('and 901 more names');
    expect(leakTable({ fqdns: [], fqdnsFailure: 'host: no answer within 1m' })).toContain(
      'host names not looked up (host: no answer within 1m)',
    );
  });

  test('a field outside the key with a single address: that address', () => {
    const top = [{ address: '203.0.113.9', bytes: LEAK.bytes }];
    expect(leakTable({ destination: null, destinations: { count: 1, top } })).toMatch(/10\.1\.1\.5 +203\.0\.113\.9 /);
  });
});

describe('growth', () => {
  test.each([
    [212_000_000n, 21_600, '+212 MB since the last alert 6 h ago'],
    [-1_234_567n, 300, '-1.23 MB since the last alert 5 min ago'],
  ])('of %i bytes in %i seconds', (bytes, sinceSeconds, text) => {
    expect(leakTable({ status: 'grown', growth: { bytes, sinceSeconds } })).toMatch(new RegExp(`^ +\\${text}$`, 'm'));
  });

  test('there is no line about when nothing has changed', () => {
    expect(leakTable({ growth: { bytes: 0n, sinceSeconds: 300 } })).toBe(leakTable({}));
  });
});

describe('80 columns', () => {
  test('hold two full-length IPv6 addresses and long names, and no address is cut', () => {
    const [source, destination] = IPV6;
    const text = leakTable({ source, destination, bytes: 2n ** 80n, events: 1_234_567, fqdns: ['x'.repeat(255), 'b'] });
    expect(widest(text)).toBeLessThanOrEqual(80);
    const lines = text.split('\n');
    const [from = 0, to = 0] = ['Destination', 'Total'].map((title) => lines[0]?.indexOf(title));
    const column = (start: number, end: number) =>
      lines
        .slice(2, 6)
        .map((line) => line.slice(start, end).trim().replace(/ .*/, ''))
        .join('');
    expect(column(0, from)).toContain(source);
    expect(column(from, to - 2).startsWith(destination)).toBe(true);
    expect(text).toContain('1234567');
  });

  test.each([
    ['many long names', Array.from({ length: 30 }, (_, at) => `${at}.${'long-label.'.repeat(20)}example`)],
    ['wide characters', ['漢字'.repeat(100), '例え.テスト'.repeat(5), '한국어'.repeat(9)]],
  ])('hold %s', (_, fqdns) => {
    const [source, destination] = IPV6;
    expect(widest(leakTable({ source, destination, fqdns }))).toBeLessThanOrEqual(80);
    const growth = { bytes: -(2n ** 80n), sinceSeconds: 1e9 };
    expect(widest(leakTable({ fqdns, growth }))).toBeLessThanOrEqual(80);
    for (const domain of fqdns) {
      const text = leakTable({ source, destination: null, domain });
      expect(widest(text)).toBeLessThanOrEqual(80);
      expect(text.split('\n')[2]).toMatch(/ new$/);
    }
    for (const organization of fqdns.map((name) => name.slice(0, 100))) {
      const as = { number: 4_294_967_295, organization };
      const top = [{ address: destination, bytes: 1n, as, country: 'NL' }];
      const behind = { destination: null, destinations: { count: 100_000, top } };
      expect(widest(leakTable({ source, ...behind }))).toBeLessThanOrEqual(80);
      const byAs = table({ groupBy: ['as'], leaks: entries({ ...LEAK, ...behind, as, country: 'NL' }) });
      expect(widest(byAs)).toBeLessThanOrEqual(80);
    }
    const destinations = { count: 100_000, top: [{ address: destination, bytes: 1n }] };
    expect(widest(leakTable({ source, destination: null, destinations, fqdns }))).toBeLessThanOrEqual(80);
  });

  test('hold the footer of a large network on a bad day', () => {
    const outcomes = ['sent', 'failed', 'none'] as const;
    const leaks = outcomes.flatMap((alert) => Array.from({ length: 150 }, () => ({ ...LEAK, alert })));
    const samples = ['sum_octetdeltacount : 5,242,880 '.padEnd(64, 'x')];
    const tally = { ...REPORT.tally, matched: 123_456_789, counted: 123_333_333, unreadable: 123_456, samples };
    expect(
      widest(table({ dryRun: false, thresholdBytes: 1_610_612_736, leaks: entries(...leaks), tally })),
    ).toBeLessThanOrEqual(80);
  });

  test('grow with a wider terminal, and do not shrink with a narrower one', () => {
    const [source, destination] = IPV6;
    expect(leakTable({ source, destination }, 132)).toMatch(new RegExp(`^${source} +${destination} `, 'm'));
    expect(widest(leakTable({ source, destination }, 132))).toBeLessThanOrEqual(132);
    expect(leakTable({ source, destination }, 20)).toBe(leakTable({ source, destination }, 80));
  });
});

describe('the footer', () => {
  test('says what was matched, counted and unreadable, with a sample', () => {
    const text = table({});
    for (const part of ['1,105 events matched', '1,103 counted', '2 unreadable', '"octets : 5,2"'])
      expect(text).toContain(part);
  });

  test('says over which window and against which threshold', () => {
    const text = table({});
    for (const part of ['24h', '2025-11-24 02:06:40 UTC', '1 leak above 100 MB', 'dry run'])
      expect(text).toContain(part);
    expect(table({ dryRun: false })).not.toContain('dry run');
  });

  test('is shown even without a leak or an event', () => {
    const tally = { ...REPORT.tally, matched: 0, counted: 0, unreadable: 0, newest: null, samples: [] };
    const text = table({ leaks: [], leaksNow: 0, tally });
    for (const part of ['No leaks', '0 events matched', '24h', '0 leaks above 100 MB']) expect(text).toContain(part);
  });
});

describe('colour', () => {
  const esc = '\u001b';
  const status = (text: string) => text.split('\n').find((line) => line.includes('10.1.1.5'));

  test('there is no escape code at level 0', () => {
    expect(table({})).not.toContain(esc);
    expect(table({ leaks: [] })).not.toContain(esc);
  });

  test('the status has a colour by its urgency, and the text is the same', () => {
    const colored = new Chalk({ level: 1 });
    const [fresh, known] = (['new', 'known'] as const).map((status) =>
      renderTable({ ...REPORT, leaks: entries({ ...LEAK, status }) }, colored, 80),
    );
    expect(status(fresh ?? '')).toContain(colored.red('new'));
    expect(status(known ?? '')).not.toContain(colored.red('known'));
    const codes = new RegExp(`${esc}\\[[\\d;]*m`, 'g');
    expect(fresh?.replace(codes, '').replace(/ +$/gm, '')).toBe(table({}));
  });
});
