import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB } from '../support/builders/events.ts';
import { reportOf } from '../support/command/json-report.ts';
import { runOn } from '../support/command/leaktally.ts';
import { parseCsv } from '../support/command/output.ts';
import { test as base } from '../support/fixtures.ts';

const test = base
  .extend('database', ({ sharedDatabase }) => sharedDatabase)
  .extend('lookedAt', ({ database }) => async (...args: string[]) => {
    const env = { LEAKTALLY_SYSLOG: 'udp://127.0.0.1:514' };
    return reportOf(database, ['--as-of', `${AS_OF}`, ...args], { env });
  });
test.beforeAll(async ({ sharedDatabase }) => {
  await insertEvents(sharedDatabase, [
    { epoch: AS_OF - 5000, source: '10.1.1.5', destination: '203.0.113.9', bytes: 100 * MB },
    { epoch: AS_OF - 50, source: '10.1.1.5', destination: '203.0.113.9', bytes: 23_456_789 },
    { epoch: AS_OF - 60, source: '10.1.1.6', destination: '203.0.113.9', bytes: 150 * MB },
    ...[1, 2, 3, 4, 5, 6].map((last) => ({
      epoch: AS_OF - 100 * last,
      source: '10.1.1.7',
      destination: `198.51.100.${last}`,
      bytes: 20 * MB + last,
    })),
    { epoch: AS_OF - 10, source: '10.1.1.5', bytes: '5,242,880' },
    { epoch: AS_OF - 10, source: '10.1.1.5', policy: 'Other', bytes: 900 * MB },
  ]);
  await insertName(sharedDatabase, '10.1.1.5', '203.0.113.9', 'upload.example.net', AS_OF - 50);
  await insertName(sharedDatabase, '10.1.1.6', '203.0.113.9', 'a,"quoted".example.net', AS_OF - 60);
  await insertName(sharedDatabase, '10.1.1.6', '203.0.113.9', 'b.example.net', AS_OF - 70);
});

const LARGEST = {
  source: '10.1.1.6',
  destination: '203.0.113.9',
  domain: null,
  bytes: 150 * MB,
  events: 1,
  firstSeen: AS_OF - 60,
  lastSeen: AS_OF - 60,
  fqdns: ['a,"quoted".example.net', 'b.example.net'],
  status: 'new',
  alert: 'would-send',
  timeline: steps({ 23: 150 * MB }),
  activeSlots: 1,
  longestPauseSeconds: 0,
  growth: null,
  thresholdBytes: 100_000_000,
  as: null,
  country: null,
  fqdnsOmitted: 0,
};

/** A timeline with bytes in these steps, which are hours of the day. */
function steps(bytes: Record<number, number>): number[] {
  return Array.from({ length: 24 }, (_, step) => bytes[step] ?? 0);
}

test('JSON is the whole object of the contract', async ({ lookedAt }) => {
  expect(await lookedAt()).toEqual({
    rule: 'data-leak',
    dryRun: true,
    asOf: AS_OF,
    windowSeconds: 86_400,
    thresholdBytes: 100 * MB,
    groupBy: ['source', 'destination'],
    policies: ['Exceeded 5 MB in 5'],
    events: { matched: 10, counted: 9, excluded: 0, unreadable: 1, newest: AS_OF - 10, excludedBytes: 0 },
    leaks: [
      LARGEST,
      {
        source: '10.1.1.5',
        destination: '203.0.113.9',
        domain: null,
        bytes: 123_456_789,
        events: 2,
        firstSeen: AS_OF - 5000,
        lastSeen: AS_OF - 50,
        fqdns: ['upload.example.net'],
        status: 'new',
        alert: 'would-send',
        timeline: steps({ 22: 100 * MB, 23: 23_456_789 }),
        activeSlots: 2,
        longestPauseSeconds: 4950,
        growth: null,
        thresholdBytes: 100_000_000,
        as: null,
        country: null,
        fqdnsOmitted: 0,
      },
    ],
  });
});

test('grouped by source, a leak says how many destinations it has and names the five largest', async ({ lookedAt }) => {
  const { groupBy, leaks } = await lookedAt('--group-by', 'source');
  expect(groupBy).toEqual(['source']);
  expect(leaks.map(({ source }) => source)).toEqual(['10.1.1.6', '10.1.1.5', '10.1.1.7']);
  expect(leaks[2]).toEqual({
    source: '10.1.1.7',
    destination: null,
    destinations: {
      count: 6,
      top: [6, 5, 4, 3, 2].map((last) => ({ address: `198.51.100.${last}`, bytes: 20 * MB + last })),
    },
    domain: null,
    bytes: 120 * MB + 21,
    events: 6,
    firstSeen: AS_OF - 600,
    lastSeen: AS_OF - 100,
    fqdns: [],
    status: 'new',
    alert: 'would-send',
    timeline: steps({ 23: 120 * MB + 21 }),
    // The slots of the clock that begin at 01:55, 02:00 and 02:05.
    activeSlots: 3,
    // There is no empty slot between them.
    longestPauseSeconds: 0,
    growth: null,
    thresholdBytes: 100_000_000,
    as: null,
    country: null,
    fqdnsOmitted: 0,
  });
});

test('grouped by destination, a leak says how many sources it has', async ({ lookedAt }) => {
  const { groupBy, leaks } = await lookedAt('--group-by', 'destination');
  expect(groupBy).toEqual(['destination']);
  expect(leaks).toHaveLength(1);
  expect(leaks[0]).toMatchObject({
    source: null,
    destination: '203.0.113.9',
    bytes: 273_456_789,
    events: 3,
    sources: {
      count: 2,
      top: [
        { address: '10.1.1.6', bytes: 150 * MB },
        { address: '10.1.1.5', bytes: 123_456_789 },
      ],
    },
  });
  expect(leaks[0]).not.toHaveProperty('destinations');
});

test('without events and leaks JSON keeps its form', async ({ lookedAt }) => {
  expect(await lookedAt('--policy', 'Unheard of')).toMatchObject({
    events: { matched: 0, counted: 0, excluded: 0, unreadable: 0, newest: null },
    leaks: [],
  });
});

test('CSV has one row per leak with the names of JSON, quoted by RFC 4180', async ({ database }) => {
  const { stdout } = await runOn(database, ['--as-of', `${AS_OF}`, '--format', 'csv'], {
    env: { LEAKTALLY_SYSLOG: 'udp://127.0.0.1:514' },
  });
  expect(stdout).toMatch(/\r\n$/);
  expect(stdout.replaceAll('\r\n', '')).not.toContain('\n');
  expect(stdout).toContain('"a,""quoted"".example.net');
  const rows = parseCsv(stdout);
  expect(rows).toHaveLength(2);
  const { fqdns, domain, timeline, growth, as, country, ...fields } = LARGEST;
  for (const field of Object.keys(fields)) expect(rows[0]).toHaveProperty(field);
  expect([growth, as, country]).toEqual([null, null, null]);
  const empty = { growthBytes: '', growthSinceSeconds: '', asNumber: '', asOrganization: '', country: '' };
  expect(rows[0]).toMatchObject(empty);
  expect(rows[0]).toMatchObject(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, `${value}`])));
  expect(rows[0]?.domain).toBe(`${domain ?? ''}`);
  expect(rows[0]?.timeline).toBe(timeline.join(' '));
  for (const fqdn of fqdns) expect(rows[0]?.fqdns).toContain(fqdn);
});

test('CSV without a leak is its header, and grouped it says how many are behind a field', async ({ database }) => {
  const args = ['--as-of', `${AS_OF}`, '--format', 'csv'];
  const empty = (await runOn(database, [...args, '--threshold', '1GB'])).stdout;
  expect(empty).toMatch(/^[^\r\n]+\r\n$/);
  expect(empty.split(',')).toEqual(expect.arrayContaining(['source', 'bytes', 'status']));
  const rows = parseCsv((await runOn(database, [...args, '--group-by', 'source'])).stdout);
  expect(rows.map(({ source, destination, destinations }) => [source, destination, destinations])).toEqual([
    ['10.1.1.6', '', '1'],
    ['10.1.1.5', '', '1'],
    ['10.1.1.7', '', '6'],
  ]);
});
