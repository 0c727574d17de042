import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../../src/model.ts';
import { renderHtml } from '../../../src/report/page/page.ts';
import type { ReportedLeak } from '../../../src/report/words.ts';
import { sanitize } from '../../../src/util/text.ts';
import { entries, LEAK, REPORT } from '../../support/builders/example-report.ts';
import { hostileNames } from '../../support/builders/hostile-leaks.ts';
import { type ParsedPage, parsePage } from '../../support/command/parse-page.ts';

const page = (report: Partial<Report> = {}) => parsePage(renderHtml({ ...REPORT, ...report }));
const leakPage = (leak: Partial<ReportedLeak>) => page({ leaks: entries({ ...LEAK, ...leak }) });
const tally = (some: Partial<Report['tally']>) => page({ tally: { ...REPORT.tally, ...some } });

describe('a leak', () => {
  test('who sent what where, when, and what it is', () => {
    const { headings, text, facts } = page();
    const sections = ['Leaks', 'Legend', 'Details', '1 10.1.1.5 → 203.0.113.9', 'Events', 'Settings'];
    expect(headings).toEqual(['1 leak above 100 MB', ...sections]);
    expect(text).toContain('123 MB new would be alerted');
    expect(facts).toMatchObject({
      Total: ['123,456,789 bytes'],
      Events: ['active in 12 five-minute slots, pauses up to 10 min'],
      'First seen': ['2025-11-23 12:13:20 UTC'],
      'Last seen': ['2025-11-24 02:05:50 UTC'],
      'Host names': ['upload.example.net'],
    });
    expect(facts).not.toHaveProperty('Growth');
    expect(facts).not.toHaveProperty('Alert');
  });

  test.each([
    [27, 19, 0, '27 events, active in 19 five-minute slots, no pause'],
    [1, 1, 0, 'active in 1 five-minute slot'],
  ])('%i events in %i slots', (events, activeSlots, longestPauseSeconds, words) => {
    expect(leakPage({ events, activeSlots, longestPauseSeconds }).facts.Events).toEqual([words]);
  });

  test.each([
    [720_000_000n, {}, '7.2 x the threshold, above 100 MB since 2025-11-23 23:30 UTC'],
    [100_000_001n, { crossedAt: LEAK.asOf - 300 }, '1.0 x the threshold, above 100 MB since 02:01 UTC'],
    [123_456_700_000_000n, { crossedAt: null }, '1,234,567 x the threshold'],
    [150_000_000n, { asOf: LEAK.asOf - 7200 }, '1.5 x the threshold, passed 100 MB at 2025-11-23 23:30 UTC'],
  ])('how large it is, and since when: %d bytes', (bytes, leak, words) => {
    expect(leakPage({ bytes, ...leak }).text).toContain(`would be alerted ${words} 11-23`);
  });

  test('the id of its alert, which is its anchor, so that it is found from the record in a log', () => {
    const alertId = '0123456789abcdef';
    const { facts, skeleton, rows } = leakPage({ alert: 'sent', alertId });
    expect(facts.Alert).toEqual([alertId]);
    expect(skeleton).toContain(`article id="alert-${alertId}"`);
    expect(skeleton).toContain(`a href="#alert-${alertId}"`);
    expect(rows[0]).not.toContain('Alert');
    // The state may have been written by somebody else.
    const forged = leakPage({ alert: 'sent', alertId: '"><b>' });
    expect(forged.facts.Alert).toEqual(['"><b>']);
    expect(forged.skeleton).toContain('article id="leak-1"');
  });

  test.each([
    ['sent', 'grown', 'grown alerted'],
    ['failed', 'repeat', 'repeat not sent'],
    ['none', 'known', 'known not alerted again'],
    ['none', 'new', 'new reported here only'],
  ] as const)('alert %s of status %s', (alert, status, words) => {
    expect(leakPage({ alert, status }).text).toContain(`123 MB ${words}`);
  });

  test('over UDP, an alert that was sent may not have been received', () => {
    const { text } = page({ overUdp: true, leaks: entries({ ...LEAK, alert: 'sent' }) });
    expect(text).toContain('1 alert handed to UDP; window');
    expect(text).toContain('123 MB new handed to UDP');
  });

  test('growth since the last alert', () => {
    const growth = { bytes: 212_000_000n, sinceSeconds: 21_600 };
    expect(leakPage({ growth }).facts.Growth).toEqual(['+212 MB since the last alert 6 h ago']);
  });

  test('a field outside the key: how many there are, and the largest with their shares', () => {
    const top = [
      { address: '203.0.113.9', bytes: 150_000_000n },
      { address: '203.0.113.8', bytes: 10_000_000n },
    ];
    const { headings, facts } = leakPage({ bytes: 200_000_000n, destination: null, destinations: { count: 37, top } });
    expect(headings).toContain('1 10.1.1.5 → 37 destinations');
    expect(facts['Largest destinations']).toEqual(['203.0.113.9 150 MB (75%)', '203.0.113.8 10 MB (5%)']);
    expect(facts).not.toHaveProperty('Largest sources');
  });

  test('a domain, and the destination behind it', () => {
    const destinations = { count: 2, top: [{ address: '203.0.113.9', bytes: LEAK.bytes }] };
    const { headings, facts } = leakPage({ domain: 'example.net', destination: null, destinations });
    expect(headings).toContain('1 10.1.1.5 → example.net');
    expect(facts.Destination).toEqual(['2 destinations']);
  });

  test('AS and country of the destination, or of each of the largest ones', () => {
    const as = { number: 64_496, organization: 'Example Hosting' };
    expect(leakPage({ as, country: 'NL' }).facts.Owner).toEqual(['AS64496 Example Hosting, NL']);
    expect(leakPage({ country: 'NL' }).facts.Owner).toEqual(['NL']);
    expect(leakPage({}).facts).not.toHaveProperty('Owner');
    const top = [
      { address: '203.0.113.9', bytes: LEAK.bytes, as, country: 'NL' },
      { address: '203.0.113.8', bytes: 0n, as: null, country: null },
    ];
    const { facts } = leakPage({ destination: null, destinations: { count: 2, top } });
    expect(facts['Largest destinations']).toEqual([
      '203.0.113.9 123 MB (100%) AS64496 Example Hosting, NL',
      '203.0.113.8 0 B (0%)',
    ]);
    const byAs = {
      groupBy: ['as' as const],
      leaks: entries({ ...LEAK, as, destination: null, destinations: { count: 2, top } }),
    };
    expect(page(byAs).headings).toContain('1 10.1.1.5 → AS64496 Example Hosting');
    expect(page(byAs).facts.Destination).toEqual(['2 destinations']);
  });

  test('one that was above the threshold only in between says when, and is not counted as one of now', () => {
    const { headings, facts } = page({ leaks: entries({ ...LEAK, asOf: LEAK.asOf - 7200 }), leaksNow: 0 });
    expect(headings[0]).toBe('No leaks above 100 MB');
    expect(facts['Above the threshold']).toEqual(['at 2025-11-24 00:06:40 UTC']);
  });

  test('every name, however many there are', () => {
    const fqdns = Array.from({ length: 500 }, (_, at) => `${at}.example.net`);
    const { facts, text } = leakPage({ fqdns });
    expect(facts['Host names']).toEqual(fqdns);
    expect(text).toContain('497 more names');
    const capped = leakPage({ fqdns, fqdnsOmitted: 1000 });
    expect(capped.facts['Host names']).toEqual([...fqdns, 'and 1,000 more names']);
    expect(capped.text).toContain('1,497 more names');
  });

  test('names that could not be looked up', () => {
    const { facts } = leakPage({ fqdns: [], fqdnsFailure: 'host: no answer within 1m' });
    expect(facts['Host names']).toEqual(['host names not looked up (host: no answer within 1m)']);
  });
});

describe('the overview', () => {
  const leaks = (count: number, from: Partial<ReportedLeak> = {}) =>
    Array.from({ length: count }, (_, at) => ({
      ...LEAK,
      ...from,
      source: `10.0.${at >> 8}.${at & 255}`,
      bytes: BigInt(1_000_000_000 - at),
    }));

  test('lists each leak with a link to its card, the new and grown ones first', () => {
    const [a, b, c] = leaks(3) as [ReportedLeak, ReportedLeak, ReportedLeak];
    const { rows, skeleton, headings } = page({ leaks: entries({ ...a, alert: 'none', status: 'known' }, b, c) });
    expect(rows).toEqual([
      ['No.', 'Source', 'Destination', 'Total', 'Status'],
      ['1', '10.0.0.1', '203.0.113.9', '1 GB', 'new would be alerted'],
      ['2', '10.0.0.2', '203.0.113.9', '1 GB', 'new would be alerted'],
      ['3', '10.0.0.0', '203.0.113.9', '1 GB', 'known not alerted again'],
    ]);
    for (const number of [1, 2, 3]) {
      expect(skeleton).toContain(`a href="#leak-${number}"`);
      expect(skeleton).toContain(`article id="leak-${number}"`);
    }
    expect(headings).toContain('3 10.0.0.0 → 203.0.113.9');
  });

  test('has all of 300 leaks, of which the largest 20 have a card', () => {
    const all = leaks(300, { alert: 'sent', status: 'known' });
    const small = { ...LEAK, source: '10.9.9.9', alert: 'sent', alertId: '0123456789abcdef' } as const;
    const { rows, skeleton, headings } = page({ leaks: entries(...all, small), leaksNow: 301 });
    expect(rows).toHaveLength(302);
    expect(skeleton.filter((line) => line.startsWith('article'))).toHaveLength(20);
    expect(rows[0]).toContain('Alert');
    expect(headings).toContain('The largest 20');
    expect(headings).toContain('2 10.0.0.0 → 203.0.113.9');
    expect(headings).toContain('21 10.0.0.19 → 203.0.113.9');
    // What has no card is found by its id all the same.
    expect(rows[1]).toEqual(['1', '10.9.9.9', '203.0.113.9', '123 MB', 'new alerted', small.alertId]);
    expect(skeleton).toContain(`tr id="alert-${small.alertId}"`);
  });

  test('is cut where a page would be too large to mail, and what is not shown is not even described', () => {
    let described = 0;
    const known = { ...LEAK, source: '10.9.9.9', status: 'known', bytes: 2_000_000_000n } as const;
    const all = entries(...leaks(1233), known).map(({ leak, ...outcome }) => {
      const describe = () => {
        described++;
        return leak.describe();
      };
      return { leak: { ...leak, describe }, ...outcome };
    });
    const { rows, text, headings } = page({ leaks: all, leaksNow: 1234 });
    expect(rows).toHaveLength(1001);
    expect(text).toContain('and 234 more: --format csv lists all');
    // The largest of all has a card although its row is cut.
    expect(headings).toContain('1234 10.9.9.9 → 203.0.113.9');
    expect(described).toBe(1001);
  });

  test('says whose a destination is, and nothing where nobody knows', () => {
    const as = { number: 64_496, organization: 'Example Hosting' };
    const [a, b] = leaks(2, { destination: '203.0.113.7' }) as [ReportedLeak, ReportedLeak];
    const { rows } = page({ leaks: entries({ ...a, as, country: 'NL' }, b) });
    expect(rows).toEqual([
      ['No.', 'Source', 'Destination', 'Owner', 'Total', 'Status'],
      ['1', '10.0.0.0', '203.0.113.7', 'AS64496 Example Hosting, NL', '1 GB', 'new would be alerted'],
      ['2', '10.0.0.1', '203.0.113.7', '', '1 GB', 'new would be alerted'],
    ]);
    // Grouped by AS, the destination names it.
    const byAs = page({ groupBy: ['source', 'as'], leaks: entries({ ...a, destination: null, as, country: 'NL' }) });
    expect(byAs.rows[1]?.slice(2, 4)).toEqual(['AS64496 Example Hosting', 'NL']);
  });

  test('groups near the threshold have their own, with their forecast', () => {
    const { alert: _, alertId: __, growth: ___, crossedAt: ____, ...facts } = LEAK;
    const watched = [{ ...facts, status: 'watch', thresholdBytes: 100_000_000, crossesAt: LEAK.asOf + 3600 } as const];
    const { headings, rows, text } = page({ watched });
    expect(headings).toContain('Near the threshold');
    const forecast = 'watch at its current pace it crosses 100 MB around 11-24 03:06 UTC';
    expect(rows.at(-1)).toEqual(['2', '10.1.1.5', '203.0.113.9', '123 MB', forecast]);
    expect(text).toContain('watch is near the threshold');
  });
});

describe('the timeline', () => {
  test('has a bar for each step with bytes, as high as its share of the largest, and says so in words', () => {
    const timeline = LEAK.timeline.map((_, step) => ({ 3: 2n ** 80n, 4: 2n ** 79n, 23: 1n })[step] ?? 0n);
    const { bars, labels } = leakPage({ timeline });
    expect(bars).toEqual([
      { x: 30, y: 0, width: 8, height: 480, title: '11-23 05:06 to 11-23 06:06 UTC: 1.21 YB' },
      { x: 40, y: 240, width: 8, height: 240, title: '11-23 06:06 to 11-23 07:06 UTC: 604 ZB' },
      { x: 230, y: 470, width: 8, height: 10, title: '11-24 01:06 to 11-24 02:06 UTC: 1 B' },
    ]);
    expect(labels).toEqual([
      'Bytes over time, from 11-23 02:06 to 11-24 02:06 UTC in 24 steps: 3 with bytes, the largest (1.21 YB) at 11-23 05:06 UTC',
    ]);
  });

  test.each([
    [60, '2.5 s'],
    [3600, '3 min'],
    [172_800, '2 h'],
  ])('of a window of %i seconds says how long a step is', (windowSeconds, step) => {
    const { text } = page({ windowSeconds });
    expect(text).toContain(`peak 123 MB in ${step}`);
    expect(text).toContain(`Each bar is the bytes of ${step}.`);
  });

  test.each([
    [60, ['11-24 02:05', '02:05:55', '02:06:10', '02:06:25', '02:06:40 UTC']],
    [86_400, ['11-23 02:06', '08:06', '14:06', '20:06', '02:06 UTC']],
    [7 * 86_400, ['11-17 02:06', '11-18', '11-20', '11-22', '11-24 UTC']],
  ])('of a window of %i seconds has ticks with their zone', (windowSeconds, ticks) => {
    expect(page({ windowSeconds }).text).toContain(ticks.join(' '));
  });

  test('marks where the total passed the threshold', () => {
    // 9,400 seconds before the end of a day of 238 units.
    expect(page().skeleton).toContain('path class="crossing" d="M212 -60V480"');
    expect(page().text).toContain('passed the threshold at 11-23 23:30 UTC');
    expect(leakPage({ crossedAt: null }).skeleton.join()).not.toContain('crossing');
  });
});

describe('for a reader who never saw the tool', () => {
  test('product, version, rule and database', () => {
    expect(page().text).toMatch(
      /^\s*leaktally \d+\.\d+\.\d+, rule data-leak, PostgreSQL database plixer at scrutinizer:5432 /,
    );
  });

  test.each([
    [['source', 'destination'], 'from one source to one destination'],
    [['source', 'domain'], 'from one source to one domain'],
    [['source'], 'from one source to all destinations'],
    [['destination'], 'from all sources to one destination'],
    [['source', 'destination', 'as'], 'from one source to one destination and AS'],
  ] as const)('what a leak is, grouped by %j', (groupBy, words) => {
    expect(page({ groupBy, policies: ['One', 'Two'], thresholdBytes: 100 * 2 ** 20 }).text).toContain(
      `A leak is more than 100 MiB ${words} within 24h, added up from events of the policies "One" or "Two", each of which may be small.`,
    );
  });

  test('a threshold of its own, where there are some', () => {
    const own = { ...LEAK, thresholdBytes: 50_000_000 };
    const { rows, text, facts, headings } = page({ hasOwnThresholds: true, leaks: entries(own) });
    expect(headings[0]).toBe('1 leak above 100 MB or a threshold of its own');
    expect(text).toContain('A leak is more than 100 MB, or a threshold of its own, from one source');
    expect(rows[1]?.at(-1)).toBe('new would be alerted, threshold 50 MB');
    expect(text).toContain('2.4 x its own threshold, above 50 MB since 2025-11-23 23:30 UTC');
    expect(facts['Own threshold']).toEqual(['50 MB']);
    expect(page().rows[1]?.at(-1)).toBe('new would be alerted');
  });

  test('a legend of the statuses', () => {
    for (const status of ['new', 'grown', 'repeat', 'known']) {
      expect(page().facts[status]).toEqual([expect.stringMatching(/alerted/)]);
    }
  });

  describe('without a leak, whether the data is alive', () => {
    const { asOf } = REPORT;
    const none = { matched: 0, counted: 0, unreadable: 0, newest: null, samples: [] };
    const quiet = (newest: number | null, tally: Partial<Report['tally']> = {}) => {
      const report = { ...REPORT, leaks: [], leaksNow: 0, tally: { ...REPORT.tally, ...tally } };
      return parsePage(renderHtml(report, newest)).text;
    };
    test.each([
      [asOf - 30, {}, 'The data is alive: the newest event is from 2025-11-24 02:06:10 UTC, 30 s before the end'],
      [null, {}, 'The data is alive: the newest event is from 2025-11-24 02:05:50 UTC, 50 s before the end'],
      [
        asOf - 3 * 3600,
        none,
        'The data may have stopped: the newest event is from 2025-11-23 23:06:40 UTC, 3 h before',
      ],
      [asOf - 600, none, 'No event in the window is of the policy "Exceeded 5 MB in 5": was a report renamed?'],
      [null, none, 'No event of any kind is known, so this page proves nothing'],
    ])('newest %j', (newest, tally, words) => {
      expect(quiet(newest, tally)).toContain(words);
    });

    test('is not said where there are leaks, which prove it', () => {
      expect(page().text).not.toContain('alive');
    });
  });
});

describe('the rest', () => {
  test('how much was counted, excluded and unreadable', () => {
    const samples = ['octets : 5,2', 'octets : -1'];
    expect(tally({ matched: 1115, excluded: 10, excludedBytes: 2n ** 40n, samples }).facts).toMatchObject({
      Matched: ['1,115'],
      Counted: ['103'],
      Excluded: ['10 (1.1 TB)'],
      Unreadable: ['2'],
      Newest: ['2025-11-24 02:05:50 UTC'],
    });
    expect(tally({ samples }).text).toMatch(/Example "octets : 5,2" Example "octets : -1"/);
  });

  test('what was looked for', () => {
    const { facts, title } = page({ policies: ['Exceeded 5 MB in 5'] });
    expect(title).toBe('1 leak above 100 MB: data-leak, 2025-11-24 02:06:40 UTC');
    expect(facts).toMatchObject({
      Rule: ['data-leak'],
      Database: ['PostgreSQL database plixer at scrutinizer:5432'],
      Threshold: ['100 MB (100,000,000 bytes)'],
      Window: ['24h to 2025-11-24 02:06:40 UTC'],
      'Grouped by': ['source, destination'],
      Policy: ['Exceeded 5 MB in 5'],
    });
  });

  test('a dry run is marked', () => {
    expect(page().text).toContain('dry run');
    expect(page({ dryRun: false }).text).not.toContain('dry run');
  });

  test('without a leak and without an event', () => {
    const none = { matched: 0, counted: 0, unreadable: 0, newest: null, samples: [] };
    const { headings, text } = page({ leaks: [], leaksNow: 0, tally: { ...REPORT.tally, ...none } });
    expect(headings).toEqual(['No leaks above 100 MB', 'Events', 'Settings']);
    expect(text).toContain('nothing to alert');
  });
});

describe('whatever the names are', () => {
  const HTML = [
    '<script>alert(1)</script>',
    '</title>',
    '</style>',
    '<!--',
    ']]>',
    '&lt;',
    '&amp',
    '"><img src=x onerror=alert(1)>',
  ];
  const name = fc.oneof(
    hostileNames,
    fc.constantFrom(
      ...HTML,
      "' onload='alert(1)",
      '<svg/onload=alert(1)>',
      '&#60;b&#62;',
      '</dd></dl>',
      '\u0000<b>',
      '$&',
    ),
  );
  const hostile = fc.record({
    fqdns: fc.array(name, { minLength: 1, maxLength: 14, size: 'max' }),
    ...{ domain: name, source: name, share: name, sample: name, policy: name, organization: name },
  });
  type Names = typeof hostile extends fc.Arbitrary<infer T> ? T : never;

  function pageWith({ fqdns, domain, source, share, sample, policy, organization }: Names): ParsedPage {
    const destinations = { count: 2, top: [{ address: share, bytes: 1n }] };
    return page({
      leaks: entries({
        ...LEAK,
        fqdns,
        domain,
        source,
        destination: null,
        destinations,
        as: { number: 1, organization },
      }),
      tally: { ...REPORT.tally, samples: [sample] },
      policies: [policy],
    });
  }

  test('the page shows them as they are, and no element or attribute comes of them', () => {
    fc.assert(
      fc.property(hostile, (names) => {
        const { skeleton, faults, facts, headings, text } = pageWith(names);
        const harmless = pageWith({
          fqdns: names.fqdns.map(() => 'x'),
          ...{ domain: 'x', source: 'x', share: 'x', sample: 'x', policy: 'x', organization: 'x' },
        });
        expect(faults).toEqual([]);
        expect(skeleton).toEqual(harmless.skeleton);
        expect(facts['Host names']).toEqual(names.fqdns.map(sanitize));
        expect(headings[4]).toBe(`1 ${sanitize(names.source)} → ${sanitize(names.domain)}`);
        expect(facts['Largest destinations']).toEqual([`${sanitize(names.share)} 1 B (0%)`]);
        expect(facts.Example).toEqual([`"${sanitize(names.sample)}"`]);
        expect(facts.Owner).toEqual([`AS1 ${sanitize(names.organization)}`]);
        expect(facts.Policy).toEqual([sanitize(names.policy)]);
        expect(text).not.toMatch(/\[object|undefined/);
      }),
    );
  });
});

test('nothing in the page is run, loaded or sent', () => {
  const { skeleton } = page();
  const elements = new Set(skeleton.map((line) => line.split(' ')[0]));
  for (const element of ['script', 'link', 'img', 'iframe', 'object', 'form', 'base'])
    expect(elements).not.toContain(element);
  for (const line of skeleton) if (/^a /.test(line)) expect(line).toMatch(/^a href="#leak-\d+"$/);
  expect(skeleton).toContain(
    `meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
  );
  expect(skeleton.slice(0, 3)).toEqual(['html lang="en"', 'head', 'meta charset="utf-8"']);
  expect(renderHtml(REPORT)).not.toMatch(/url\(|@import|\bstyle=/);
});
