import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report, ReportedLeak } from '../../../src/model.ts';
import { renderHtml } from '../../../src/report/page/page.ts';
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
    expect(headings).toEqual(['1 leak above 100 MB', 'Leaks', '10.1.1.5 → 203.0.113.9', 'Events', 'Settings']);
    expect(text).toContain('123 MB new would be alerted');
    expect(facts).toMatchObject({
      Total: ['123,456,789 bytes in 12 events'],
      'First seen': ['2025-11-23 12:13:20 UTC'],
      'Last seen': ['2025-11-24 02:05:50 UTC'],
      Shape: ['pauses up to 10 min'],
      'Host names': ['upload.example.net'],
    });
    expect(facts).not.toHaveProperty('Growth');
  });

  test.each([
    ['sent', 'grown', 'grown alerted'],
    ['failed', 'repeat', 'repeat not sent'],
    ['none', 'known', 'known known before'],
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
    expect(headings).toContain('10.1.1.5 → 37 destinations');
    expect(facts['Largest destinations']).toEqual(['203.0.113.9 150 MB (75%)', '203.0.113.8 10 MB (5%)']);
    expect(facts).not.toHaveProperty('Largest sources');
  });

  test('a domain, and the destination behind it', () => {
    const destinations = { count: 2, top: [{ address: '203.0.113.9', bytes: LEAK.bytes }] };
    const { headings, facts } = leakPage({ domain: 'example.net', destination: null, destinations });
    expect(headings).toContain('10.1.1.5 → example.net');
    expect(facts.Destination).toEqual(['2 destinations']);
  });

  test('AS and country of the destination, or of each of the largest ones', () => {
    const as = { number: 64_496, organization: 'Example Hosting' };
    expect(leakPage({ as, country: 'NL' }).facts).toMatchObject({ AS: ['AS64496 Example Hosting'], Country: ['NL'] });
    for (const name of ['AS', 'Country']) expect(leakPage({}).facts).not.toHaveProperty(name);
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
    expect(page(byAs).headings).toContain('10.1.1.5 → AS64496 Example Hosting');
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
    expect(text).toContain('490 more names');
    const capped = leakPage({ fqdns, fqdnsOmitted: 1000 });
    expect(capped.facts['Host names']).toEqual([...fqdns, 'and 1,000 more names']);
    expect(capped.text).toContain('1,490 more names');
  });

  test('names that could not be looked up', () => {
    const { facts } = leakPage({ fqdns: [], fqdnsFailure: 'host: no answer within 1m' });
    expect(facts['Host names']).toEqual(['host names not looked up (host: no answer within 1m)']);
  });
});

describe('the timeline', () => {
  test('has a bar for each step with bytes, as high as its share of the largest, and says so in words', () => {
    const timeline = LEAK.timeline.map((_, step) => ({ 3: 2n ** 80n, 4: 2n ** 79n, 23: 1n })[step] ?? 0n);
    const { bars, labels } = leakPage({ timeline });
    expect(bars).toEqual([
      { x: 30, y: 0, width: 8, height: 480, title: '11-23 05:06 to 11-23 06:06: 1.21 YB' },
      { x: 40, y: 240, width: 8, height: 240, title: '11-23 06:06 to 11-23 07:06: 604 ZB' },
      { x: 230, y: 470, width: 8, height: 10, title: '11-24 01:06 to 11-24 02:06: 1 B' },
    ]);
    expect(labels).toEqual([
      'Bytes over time, from 11-23 02:06 to 11-24 02:06 in 24 steps: 3 with bytes, the largest (1.21 YB) at 11-23 05:06',
    ]);
  });

  test.each([
    [60, '2.5 s'],
    [3600, '3 min'],
    [172_800, '2 h'],
  ])('of a window of %i seconds says how long a step is', (windowSeconds, step) => {
    expect(page({ windowSeconds }).text).toContain(`peak 123 MB in ${step}`);
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
        expect(headings[2]).toBe(`${sanitize(names.source)} → ${sanitize(names.domain)}`);
        expect(facts['Largest destinations']).toEqual([`${sanitize(names.share)} 1 B (0%)`]);
        expect(facts.Example).toEqual([`"${sanitize(names.sample)}"`]);
        expect(facts.AS).toEqual([`AS1 ${sanitize(names.organization)}`]);
        expect(facts.Policy).toEqual([sanitize(names.policy)]);
        expect(text).not.toMatch(/\[object|undefined/);
      }),
    );
  });
});

test('nothing in the page is run, loaded or sent', () => {
  const { skeleton } = page();
  const elements = new Set(skeleton.map((line) => line.split(' ')[0]));
  for (const element of ['script', 'link', 'img', 'iframe', 'object', 'a', 'form', 'base'])
    expect(elements).not.toContain(element);
  expect(skeleton).toContain(
    `meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
  );
  expect(skeleton.slice(0, 3)).toEqual(['html lang="en"', 'head', 'meta charset="utf-8"']);
  expect(renderHtml(REPORT)).not.toMatch(/url\(|@import|\bstyle=/);
});
