import { describe, expect, test } from 'vitest';
import type { Report } from '../../../src/model.ts';
import { renderCsv } from '../../../src/report/csv.ts';
import { renderJson } from '../../../src/report/json.ts';
import type { ReportedLeak } from '../../../src/report/words.ts';
import { entries, LEAK, REPORT } from '../../support/builders/example-report.ts';

const jsonOf = (report: Report) => [...renderJson(report)].join('');
const csvOf = (report: Report) => [...renderCsv(report)].join('');

const BY_SOURCE: ReportedLeak = {
  ...LEAK,
  destination: null,
  destinations: { count: 37, top: [{ address: '203.0.113.9', bytes: 45_000_000n }] },
};

describe('renderJson', () => {
  test('is the object of the contract', () => {
    expect(JSON.parse(jsonOf(REPORT))).toEqual({
      rule: 'data-leak',
      dryRun: true,
      asOf: 1_763_950_000,
      windowSeconds: 86_400,
      thresholdBytes: 100_000_000,
      groupBy: ['source', 'destination'],
      policies: ['Exceeded 5 MB in 5'],
      events: { matched: 105, counted: 103, excluded: 0, unreadable: 2, newest: 1_763_949_950, excludedBytes: 0 },
      leaks: [
        {
          source: '10.1.1.5',
          destination: '203.0.113.9',
          domain: null,
          bytes: 123_456_789,
          events: 12,
          firstSeen: 1_763_900_000,
          lastSeen: 1_763_949_950,
          fqdns: ['upload.example.net'],
          status: 'new',
          alert: 'would-send',
          timeline: Array.from({ length: 24 }, (_, step) => (step === 10 ? 123_456_789 : 0)),
          activeSlots: 12,
          longestPauseSeconds: 600,
          growth: null,
          as: null,
          country: null,
          thresholdBytes: 100_000_000,
          fqdnsOmitted: 0,
        },
      ],
    });
  });

  test('growth since the last alert is exact, and may be negative', () => {
    const growth = { bytes: -(2n ** 70n) - 1n, sinceSeconds: 21_600 };
    const text = jsonOf({ ...REPORT, leaks: entries({ ...LEAK, growth }) });
    expect(text.replace(/\s/g, '')).toContain('"growth":{"bytes":-1180591620717411303425,"sinceSeconds":21600}');
  });

  test('a field outside the key is null, and its plural says what is behind it', () => {
    const { leaks } = JSON.parse(jsonOf({ ...REPORT, groupBy: ['source'], leaks: entries(BY_SOURCE) }));
    expect(leaks).toMatchObject([
      { destination: null, destinations: { count: 37, top: [{ address: '203.0.113.9', bytes: 45_000_000 }] } },
    ]);
    expect(leaks[0]).not.toHaveProperty('sources');
  });

  test('totals of any size are integers', () => {
    const text = jsonOf({ ...REPORT, leaks: entries({ ...LEAK, bytes: 2n ** 70n + 1n }) });
    expect(text).toMatch(/"bytes": ?1180591620717411303425,/);
  });

  test('no events and no leaks', () => {
    const tally = { ...REPORT.tally, matched: 0, counted: 0, unreadable: 0, newest: null };
    expect(JSON.parse(jsonOf({ ...REPORT, tally, leaks: [] }))).toMatchObject({
      events: { matched: 0, newest: null },
      leaks: [],
    });
  });

  test('names come through whole, and the text ends with a line feed', () => {
    const fqdns = ['"', '\\', '例え.テスト', 'a/b'];
    const text = jsonOf({ ...REPORT, leaks: entries({ ...LEAK, fqdns }) });
    expect(JSON.parse(text)).toMatchObject({ leaks: [{ fqdns }] });
    expect(text.endsWith('}\n')).toBe(true);
  });
});

describe('renderCsv', () => {
  const csv = (...leaks: ReportedLeak[]) => parseCsv(csvOf({ ...REPORT, leaks: entries(...leaks) }));

  test('has a header and one row per leak with the fields of the JSON object', () => {
    const rows = csv(LEAK, BY_SOURCE);
    expect(rows).toHaveLength(3);
    expect(record(rows, 1)).toEqual({
      source: '10.1.1.5',
      sources: '',
      destination: '203.0.113.9',
      destinations: '',
      domain: '',
      bytes: '123456789',
      events: '12',
      firstSeen: '1763900000',
      lastSeen: '1763949950',
      fqdns: 'upload.example.net',
      status: 'new',
      alert: 'would-send',
      timeline: LEAK.timeline.join(' '),
      activeSlots: '12',
      longestPauseSeconds: '600',
      growthBytes: '',
      growthSinceSeconds: '',
      thresholdBytes: '100000000',
      crossesAt: '',
      fqdnsOmitted: '0',
      fqdnsFailure: '',
      asNumber: '',
      asOrganization: '',
      country: '',
    });
    expect(record(rows, 2)).toMatchObject({ destination: '', destinations: expect.stringContaining('37') });
  });

  test.each([2n ** 70n + 1n, -(2n ** 70n) - 1n, 0n])('growth of %i bytes is a number', (bytes) => {
    expect(record(csv({ ...LEAK, growth: { bytes, sinceSeconds: 300 } }), 1)).toMatchObject({
      growthBytes: `${bytes}`,
      growthSinceSeconds: '300',
    });
  });

  test('has AS and country, and no organization is a formula or another cell', () => {
    const known = (organization: string | null) =>
      record(csv({ ...LEAK, as: { number: 64_496, organization }, country: 'NL' }), 1);
    expect(known('Example, "Hosting"')).toMatchObject({
      asNumber: '64496',
      asOrganization: 'Example, "Hosting"',
      country: 'NL',
    });
    expect(known('=1+1;=2+2')).toMatchObject({ asOrganization: "'=1+1?=2+2" });
    expect(known(null)).toMatchObject({ asNumber: '64496', asOrganization: '' });
  });

  test('without a leak it is the header alone', () => {
    const columns =
      'source sources destination destinations domain bytes events firstSeen lastSeen fqdns status alert timeline activeSlots longestPauseSeconds growthBytes growthSinceSeconds thresholdBytes crossesAt fqdnsOmitted fqdnsFailure asNumber asOrganization country';
    expect(csv()).toEqual([columns.split(' ')]);
    expect(csv(LEAK)[0]).toEqual(columns.split(' '));
  });

  test('lines end with CR LF, the last one too (RFC 4180)', () => {
    const text = csvOf({ ...REPORT, leaks: entries(LEAK, LEAK) });
    expect(text.match(/\r\n/g)).toHaveLength(3);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(text.endsWith('\r\n')).toBe(true);
  });

  test('commas and quotes in a name stay in their cell', () => {
    const rows = csv({ ...LEAK, fqdns: ['a,b', '"c"', '",new,sent', '例え.テスト'] });
    expect(record(rows, 1)).toMatchObject({
      fqdns: 'a,b "c" ",new,sent 例え.テスト',
      status: 'new',
      alert: 'would-send',
    });
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '=HYPERLINK("http://x","y")'])('%s is not run as a formula', (name) => {
    expect(record(csv({ ...LEAK, fqdns: [name] }), 1).fqdns).toBe(`'${name}`);
  });

  test('names are separated by a blank, and nothing behind a semicolon is run as a formula', () => {
    const fqdns = ['a;=HYPERLINK("http://x","y").example.net', 'b c.example.net', 'd.example.net'];
    expect(record(csv({ ...LEAK, fqdns }), 1).fqdns).toBe(
      'a?=HYPERLINK("http://x","y").example.net b?c.example.net d.example.net',
    );
  });

  test('totals of any size are exact', () => {
    expect(record(csv({ ...LEAK, bytes: 2n ** 70n + 1n }), 1).bytes).toBe('1180591620717411303425');
  });
});

/** Parses CSV by the grammar of RFC 4180; throws on anything else. */
function parseCsv(text: string): string[][] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  const rows: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) throw new Error(`not RFC 4180 from here on: ${text.slice(at)}`);
    const [, quoted, plain = '', end] = match;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

function record(rows: readonly string[][], row: number): Record<string, string | undefined> {
  return Object.fromEntries((rows[0] ?? []).map((title, column) => [title, rows[row]?.[column]]));
}
