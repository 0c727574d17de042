import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import type { Report, WatchedGroup } from '../../../src/model.ts';
import { renderTable } from '../../../src/report/table.ts';
import type { ReportedLeak } from '../../../src/report/words.ts';
import type { Screen } from '../../../src/terminal.ts';
import { REPORT as CONTRACT_REPORT, entries, LEAK } from '../../support/builders/example-report.ts';
import { PIPE, TERMINAL } from '../../support/builders/screens.ts';

const REPORT: Report = {
  ...CONTRACT_REPORT,
  tally: { ...CONTRACT_REPORT.tally, matched: 1105, counted: 1103, samples: ['octets : 5,2'] },
};
const IPV6 = ['2001:1db8:1111:2222:3333:4444:5555:6666', '2001:1db8:aaaa:bbbb:cccc:dddd:eeee:ffff'] as const;

const plain = new Chalk({ level: 0 });
const table = (report: Partial<Report>, screen: Partial<Screen> = {}) =>
  renderTable({ ...REPORT, ...report }, plain, { ...TERMINAL, ...screen });
const leakTable = (leak: Partial<ReportedLeak>, screen: Partial<Screen> = {}) =>
  table({ leaks: entries({ ...LEAK, ...leak }) }, screen);

/** Columns on a terminal: East Asian wide characters take two. */
const width = (line: string) =>
  [...line].reduce((sum, char) => sum + (/[\u1100-\uffdc]/.test(char) && char !== '─' && char !== '…' ? 2 : 1), 0);
const widest = (text: string) => Math.max(...text.split('\n').map(width));

describe('the rows', () => {
  test('say who sent what where, when, and what it is', async () => {
    const text = await table({});
    const [head = '', , line = ''] = text.split('\n');
    const titles = ['Source', 'Destination', 'Total', 'Events', 'First seen', 'Last seen', 'Status'];
    const cells = ['10.1.1.5', '203.0.113.9', '123 MB', '12', '11-23 12:13', '11-24 02:05', 'new'];
    expect(head.split(/ {2,}/)).toEqual(titles);
    expect(line.split(/ {2,}/)).toEqual(cells);
    expect(text).toContain('upload.example.net');
  });

  test('leave out when it was first seen where there is no room for it', async () => {
    const [source, destination] = IPV6;
    const narrow = await leakTable({ source, destination });
    expect(narrow).not.toContain('First seen');
    expect(await leakTable({ source, destination }, { columns: 160 })).toContain('First seen');
  });

  test('begin with the new and grown ones, then come by bytes, and end with the watched ones', async () => {
    const leaks = (
      [
        ['known', 9],
        ['grown', 3],
        ['repeat', 8],
        ['new', 5],
      ] as const
    ).map(([status, bytes]) => ({ ...LEAK, status, bytes: BigInt(bytes) * 1_000_000n }));
    const { alert: _, growth: __, ...facts } = LEAK;
    const watched: WatchedGroup[] = [{ ...facts, status: 'watch', thresholdBytes: 100_000_000, crossesAt: null }];
    const text = await table({ leaks: entries(...leaks), watched });
    expect(text.match(/(new|grown|repeat|known|watch)$/gm)).toEqual(['new', 'grown', 'known', 'repeat', 'watch']);
  });

  test('end with how many there are beyond some hundreds, which are not even described', async () => {
    const all = Array.from({ length: 12_000 }, (_, index) => ({
      ...LEAK,
      source: `10.${index >> 8}.${index & 255}.1`,
      status: index === 11_999 ? ('new' as const) : ('known' as const),
    }));
    const described: string[] = [];
    const leaks = entries(...all).map(({ leak, ...outcome }) => {
      const describe = () => {
        const facts = leak.describe();
        described.push(`${facts.source}`);
        return facts;
      };
      return { leak: { ...leak, describe }, ...outcome };
    });
    for (const screen of [TERMINAL, PIPE]) {
      described.length = 0;
      const text = await table({ leaks, leaksNow: 12_000 }, screen);
      const shown = Array.from(text.matchAll(/^10\.\S+/gm), ([source]) => source);
      expect(shown).toHaveLength(500);
      expect(shown[0]).toBe('10.46.223.1');
      expect(described).toEqual(shown);
      expect(text).toContain('\n\nand 11,500 more: --format csv lists all\n\n');
      expect(text).toContain('12,000 leaks above 100 MB');
    }
    expect(await table({ leaks: leaks.slice(0, 500) })).not.toContain(' more');
  });

  test('a field outside the key: how many there are, and the largest with its share', async () => {
    const destinations = { count: 37, top: [{ address: '203.0.113.9', bytes: 150_000_000n }] };
    const bySource = await leakTable({ bytes: 200_000_000n, destination: null, destinations });
    expect(bySource).toMatch(/10\.1\.1\.5 +37 destinations /);
    expect(bySource).toMatch(/150 MB \(75%\) to 203\.0\.113\.9/);
    const sources = { count: 1234, top: [{ address: '10.9.9.9', bytes: 2n ** 69n }] };
    const byDestination = await leakTable({ bytes: 2n ** 70n, source: null, sources });
    expect(byDestination).toMatch(/1,234 sources +203\.0\.113\.9 /);
    expect(byDestination).toMatch(/\(50%\) from 10\.9\.9\.9/);
  });

  const as = { number: 64_496, organization: 'Example Hosting' };

  test('AS and country of the destination', async () => {
    expect(await leakTable({ as, country: 'NL' })).toMatch(/^ +AS64496 Example Hosting, NL$/m);
    expect(await leakTable({ as: { ...as, organization: null } })).toMatch(/^ +AS64496$/m);
    expect(await leakTable({ country: 'NL' })).toMatch(/^ +NL$/m);
  });

  test('grouped by AS: its name in the row, and what is behind it below', async () => {
    const destinations = { count: 37, top: [{ address: '203.0.113.9', bytes: 1n }] };
    const byAs = (leak: Partial<ReportedLeak>) =>
      table({ groupBy: ['as'], leaks: entries({ ...LEAK, destination: null, destinations, ...leak }) });
    expect(await byAs({ as, country: 'NL' })).toMatch(/10\.1\.1\.5 +AS64496 Example Hosting +123 MB/);
    expect(await byAs({ as, country: 'NL' })).toMatch(/^ +37 destinations, NL$/m);
    // It stands for itself.
    const alone = await byAs({ destinations: { ...destinations, count: 1 } });
    expect(alone).toMatch(/10\.1\.1\.5 +203\.0\.113\.9 +123 MB/);
    expect(alone.match(/203\.0\.113\.9/g)).toHaveLength(1);
  });

  test('the largest of several destinations has what is not said of all of them', async () => {
    const top = [{ address: '203.0.113.9', bytes: LEAK.bytes, as, country: 'NL' }];
    const several = (shared: Partial<ReportedLeak>) =>
      leakTable({ destination: null, destinations: { count: 2, top }, ...shared });
    expect(await several({})).toMatch(/ to 203\.0\.113\.9, AS64496 Example Hosting, NL$/m);
    expect(await several({ as })).toMatch(/ to 203\.0\.113\.9, NL$/m);
    expect(await several({ as, country: 'NL' })).toMatch(/ to 203\.0\.113\.9$/m);
  });

  test('its AS stands on lines of its own where one line of a terminal is too short', async () => {
    const organization = 'Example Hosting and Housing Services';
    const top = [{ address: '203.0.113.9', bytes: LEAK.bytes, as: { ...as, organization }, country: 'NL' }];
    const leak = { destination: null, destinations: { count: 2, top } };
    expect(await leakTable(leak)).toMatch(/ to 203\.0\.113\.9,\n +AS64496 Example Hosting and Housing Services, NL$/m);
    const inPipe = await leakTable(leak, PIPE);
    expect(inPipe).toMatch(/ to 203\.0\.113\.9, AS64496 Example Hosting and Housing Services, NL$/m);
  });

  test('further names are counted, also those that were not kept; a failed look-up says why', async () => {
    const fqdns = ['a.example', 'b.example', 'c.example', 'd.example'];
    expect(await leakTable({ fqdns })).toMatch(/^ +a\.example, b\.example, c\.example, and 1 more name$/m);
    expect(await leakTable({ fqdns, fqdnsOmitted: 900 })).toContain('and 901 more names');
    expect(await leakTable({ fqdns: [], fqdnsFailure: 'host: no answer within 1m' })).toContain(
      'host names not looked up (host: no answer within 1m)',
    );
  });

  test('a field outside the key with a single address: that address', async () => {
    const top = [{ address: '203.0.113.9', bytes: LEAK.bytes }];
    expect(await leakTable({ destination: null, destinations: { count: 1, top } })).toMatch(
      /10\.1\.1\.5 +203\.0\.113\.9 /,
    );
  });

  test.each([
    [12, 12, 600, '  pauses up to 10 min'],
    [12, 9, 0, '  9 slots, no pause'],
    [12, 12, 0, '  no pause'],
    [1, 1, 0, ''],
  ])('%i events in %i slots: each number once', async (events, activeSlots, longestPauseSeconds, note) => {
    const bars = `${'·'.repeat(10)}█${'·'.repeat(13)}`;
    expect(await leakTable({ events, activeSlots, longestPauseSeconds })).toContain(` ${bars}${note}\n`);
  });
});

describe('growth', () => {
  test.each([
    [212_000_000n, 21_600, '+212 MB since the last alert 6 h ago'],
    [-1_234_567n, 300, '-1.23 MB since the last alert 5 min ago'],
  ])('of %i bytes in %i seconds', async (bytes, sinceSeconds, text) => {
    const grown = await leakTable({ status: 'grown', growth: { bytes, sinceSeconds } });
    expect(grown).toMatch(new RegExp(`^ +\\${text}$`, 'm'));
  });

  test('there is no line about when nothing has changed', async () => {
    expect(await leakTable({ growth: { bytes: 0n, sinceSeconds: 300 } })).toBe(await leakTable({}));
  });
});

describe('names on a terminal', () => {
  const GOOD = 'login.microsoft.com.update.office365.com.cdn.windows.net.';
  test.each([
    [`${GOOD}${GOOD}secure.evil-site.co.uk`, 'evil-site.co.uk'],
    [
      `${GOOD}${GOOD}a.very-long-name-that-an-attacker-has-registered-today.com`,
      'very-long-name-that-an-attacker-has-registered-today.com',
    ],
    [`${GOOD}${'x'.repeat(63)}.example`, `${'x'.repeat(63)}.example`],
    [`${GOOD}${GOOD}漢字漢字.例え.jp`, '例え.jp'],
    [`${GOOD}${GOOD}x.evil.example..`, 'evil.example..'],
  ])('are cut in the middle, and whose they are stays: %s', async (name, domain) => {
    for (const fqdns of [[name], ['short.example', name]]) {
      const text = await leakTable({ fqdns });
      expect(widest(text)).toBeLessThanOrEqual(80);
      // A name is wrapped where its domain alone is wider than a line.
      expect(text.replace(/\n +/g, '')).toContain(domain);
      expect(text).toMatch(/^ +login/m);
    }
  });
});

describe('80 columns', () => {
  test('hold two full-length IPv6 addresses and long names, and no address is cut', async () => {
    const [source, destination] = IPV6;
    const leak = { source, destination, bytes: 2n ** 80n, events: 1_234_567, fqdns: ['x'.repeat(255), 'b'] };
    const text = await leakTable(leak);
    expect(widest(text)).toBeLessThanOrEqual(80);
    const rows = text.split('\n').slice(2, 5);
    const column = (index: number) => rows.map((line) => line.split(/ +/)[index] ?? '').join('');
    expect([column(0), column(1)]).toEqual([source, destination]);
    expect(text).toContain('1234567');
  });

  test.each([
    ['many long names', Array.from({ length: 30 }, (_, at) => `${at}.${'long-label.'.repeat(20)}example`)],
    ['wide characters', ['漢字'.repeat(100), '例え.テスト'.repeat(5), '한국어'.repeat(9)]],
  ])('hold %s', async (_, fqdns) => {
    const [source, destination] = IPV6;
    expect(widest(await leakTable({ source, destination, fqdns }))).toBeLessThanOrEqual(80);
    const growth = { bytes: -(2n ** 80n), sinceSeconds: 1e9 };
    expect(widest(await leakTable({ fqdns, growth }))).toBeLessThanOrEqual(80);
    for (const domain of fqdns) {
      const text = await leakTable({ source, destination: null, domain });
      expect(widest(text)).toBeLessThanOrEqual(80);
      expect(text.split('\n')[2]).toMatch(/ new$/);
    }
    for (const organization of fqdns.map((name) => name.slice(0, 100))) {
      const as = { number: 4_294_967_295, organization };
      const top = [{ address: destination, bytes: 1n, as, country: 'NL' }];
      const behind = { destination: null, destinations: { count: 100_000, top } };
      expect(widest(await leakTable({ source, ...behind }))).toBeLessThanOrEqual(80);
      const byAs = await table({ groupBy: ['as'], leaks: entries({ ...LEAK, ...behind, as, country: 'NL' }) });
      expect(widest(byAs)).toBeLessThanOrEqual(80);
    }
    const destinations = { count: 100_000, top: [{ address: destination, bytes: 1n }] };
    expect(widest(await leakTable({ source, destination: null, destinations, fqdns }))).toBeLessThanOrEqual(80);
  });

  test('hold the footer of a large network on a bad day', async () => {
    const outcomes = ['sent', 'failed', 'none'] as const;
    const leaks = outcomes.flatMap((alert) => Array.from({ length: 150 }, () => ({ ...LEAK, alert })));
    const samples = ['sum_octetdeltacount : 5,242,880 '.padEnd(64, 'x')];
    const tally = { ...REPORT.tally, matched: 123_456_789, counted: 123_333_333, unreadable: 123_456, samples };
    const policies = ['Exceeded '.repeat(20)];
    const report = { dryRun: false, thresholdBytes: 1_610_612_735, leaks: entries(...leaks), tally, policies };
    expect(widest(await table(report))).toBeLessThanOrEqual(80);
  });

  test('grow with a wider terminal, and do not shrink with a narrower one', async () => {
    const [source, destination] = IPV6;
    const wide = await leakTable({ source, destination }, { columns: 132 });
    expect(wide).toMatch(new RegExp(`^${source} +${destination} `, 'm'));
    expect(widest(wide)).toBeLessThanOrEqual(132);
    expect(await leakTable({ source, destination }, { columns: 20 })).toBe(await leakTable({ source, destination }));
  });
});

test.each([20, 80, 400])('in a pipe or file of %i columns nothing is cut or split', async (columns) => {
  const [source, destination] = IPV6;
  const fqdns = ['x'.repeat(255), '漢字'.repeat(100), 'a.example', 'b.example'];
  const samples = ['sum_octetdeltacount : 5,242,880 '.padEnd(400, 'x ')];
  const policies = ['Exceeded '.repeat(50).trim()];
  const tally = { ...REPORT.tally, samples };
  for (const leak of [
    { source, destination },
    { source, destination: null, domain: 'x'.repeat(250) },
  ]) {
    const text = await table({ leaks: entries({ ...LEAK, ...leak, fqdns }), tally, policies }, { ...PIPE, columns });
    const lines = text.split('\n');
    const row = lines.find((line) => line.startsWith(source));
    expect(row?.split(/ {2,}/)[1]).toBe(leak.domain ?? destination);
    for (const name of fqdns.slice(0, 3)) expect(text).toMatch(new RegExp(`(^ +|, )${name}(,|$)`, 'm'));
    expect(lines).toContain(`Unreadable: "${samples[0]}"`);
    expect(lines).toContain(`Policy: ${policies[0]}`);
  }
});

describe('the footer', () => {
  test('says what was matched, counted and unreadable, with a sample', async () => {
    const text = await table({});
    for (const part of ['1,105 events matched', '1,103 counted', '2 unreadable', '"octets : 5,2"'])
      expect(text).toContain(part);
  });

  test('says over which window and against which threshold, and once that times are in UTC', async () => {
    const text = await leakTable({ asOf: LEAK.asOf - 7200 });
    for (const part of ['above the threshold at 11-24 00:06', '24h', '2025-11-24 02:06:40', '1 leak above 100 MB'])
      expect(text).toContain(part);
    expect(text).toContain('dry run');
    expect(text.match(/UTC/g)).toHaveLength(1);
    expect(await table({ dryRun: false })).not.toContain('dry run');
  });

  test('is shown even without a leak or an event', async () => {
    const tally = { ...REPORT.tally, matched: 0, counted: 0, unreadable: 0, newest: null, samples: [] };
    const text = await table({ leaks: [], leaksNow: 0, tally });
    for (const part of ['No leaks', '0 events matched', '24h', '0 leaks above 100 MB']) expect(text).toContain(part);
  });

  test('shows the threshold as it was given', async () => {
    expect(await table({ thresholdBytes: 100 * 2 ** 20 })).toContain('1 leak above 100 MiB');
  });
});

describe('colour', () => {
  const esc = '\u001b';
  const status = (text: string) => text.split('\n').find((line) => line.includes('10.1.1.5'));

  test('there is no escape code at level 0', async () => {
    expect(await table({})).not.toContain(esc);
    expect(await table({ leaks: [] })).not.toContain(esc);
  });

  test('the status has a colour by its urgency, and the text is the same', async () => {
    const colored = new Chalk({ level: 1 });
    const [fresh = '', known = ''] = await Promise.all(
      (['new', 'known'] as const).map((status) =>
        renderTable({ ...REPORT, leaks: entries({ ...LEAK, status }) }, colored, TERMINAL),
      ),
    );
    expect(status(fresh)).toContain(colored.red('new'));
    expect(status(known)).not.toContain(colored.red('known'));
    const codes = new RegExp(`${esc}\\[[\\d;]*m`, 'g');
    expect(fresh.replace(codes, '')).toBe(await table({}));
  });
});

test('without UTF-8 it is drawn in ASCII', async () => {
  const timeline = LEAK.timeline.map((_, step) => BigInt(step % 9));
  const fqdns = ['x'.repeat(300), 'bücher.example', '漢字.example'];
  const text = await leakTable({ timeline, fqdns }, { isUnicode: false });
  expect(text).toMatch(/^[\n -~]+$/);
  expect(text).toContain('.:-=+*%#@.:-=+*%#@.:-=+*');
  expect(text).toMatch(/^-{70,}$/m);
  expect(text).toMatch(/^ +x+~x+$/m);
  expect(text).toContain('b?cher.example');
  expect(text).toContain('????.example');
});
