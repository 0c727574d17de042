import { describe, expect, test } from 'vitest';
import type { Database } from '../../../src/db/database.ts';
import { DatabaseError } from '../../../src/errors.ts';
import type { AddressPair, Group } from '../../../src/model.ts';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { NO_IP_DATABASES } from '../../../src/tally/ip-database.ts';
import { Looks } from '../../../src/tally/looks.ts';
import type { OpenGroups } from '../../../src/tally/read-domains.ts';
import { readWindow, type WindowContext } from '../../../src/tally/read-window.ts';
import { addressKey } from '../../../src/util/address.ts';
import { addressBytes, type TestEvent } from '../../support/builders/events.ts';
import { openEvents, type TestName } from '../../support/builders/opened-events.ts';

const NOW = 1_764_000_007;
const DAY = 86_400;
const A = '10.1.1.5';
const B = '203.0.113.9';
const C = '198.51.100.7';

interface Reading extends Partial<Omit<WindowContext, 'source'>> {
  readonly events: readonly TestEvent[];
  /** Null is a database without a table of names. */
  readonly names?: readonly TestName[] | null;
  readonly flags?: RawFlags;
  readonly looks?: Looks;
  readonly isWanted?: (bytes: bigint) => boolean;
  readonly wrap?: (source: Database) => Database;
}

async function read({ events, names = [], flags = {}, looks, isWanted = () => true, wrap, ...context }: Reading) {
  const opened = await openEvents(events, names);
  const source = wrap ? wrap(opened) : opened;
  const options = readOptions({ database: 'sqlite:events.db', ...flags }, {});
  const showProgress: WindowContext['showProgress'] = (_, work) => work();
  return readWindow(
    options,
    { source, showProgress, ipDatabases: NO_IP_DATABASES, open: null, ...context },
    looks ?? new Looks(null, NOW),
    isWanted,
  );
}

const sent = (source: string, destination: string, bytes: number | string, epoch = NOW - 60): TestEvent => {
  return { source, destination, bytes, epoch };
};
const pairOf = (source: string, destination: string): AddressPair => ({
  source: addressKey(addressBytes(source)),
  destination: addressKey(addressBytes(destination)),
});
const shown = (groups: readonly Group[]) => groups.map(({ key, bytes }) => [key, bytes]);

describe('a window', () => {
  test('has the events between its two ends, which belong to it', async () => {
    const epochs = [NOW - DAY - 1, NOW - DAY, NOW, NOW + 1];
    const { groups, tally } = await read({ events: epochs.map((epoch, index) => sent(A, B, 10 ** index, epoch)) });
    expect(shown(groups)).toEqual([[`${A} ${B}`, 110n]]);
    expect(tally).toMatchObject({ matched: 2, counted: 2, newest: NOW });
  });

  test('of several looks is that of all of them; only the last one is counted', async () => {
    const looks = new Looks(NOW - 1200, NOW);
    expect(looks.first).toBe(NOW - 900);
    const epochs = [NOW - 900 - DAY - 1, NOW - 900 - DAY, NOW - DAY - 1, NOW - DAY, NOW];
    const events = epochs.map((epoch, index) => sent(A, B, 10 ** index, epoch));
    const { groups, tally } = await read({ events, looks });
    expect(shown(groups)).toEqual([[`${A} ${B}`, 11_110n]]);
    expect(tally).toMatchObject({ matched: 2, counted: 2 });
    const excluded = await read({ events, looks, flags: { excludeSource: [A] } });
    expect(excluded.groups).toEqual([]);
    expect(excluded.tally).toMatchObject({ matched: 2, counted: 0, excluded: 2, excludedBytes: 11_000n });
  });

  test('has no other policies, and keeps the groups that are wanted', async () => {
    const events = [sent(A, B, 7), sent(A, C, 8), { ...sent(A, B, 100), policy: 'Another' }];
    const { groups, tally } = await read({ events, isWanted: (bytes) => bytes > 7n });
    expect(shown(groups)).toEqual([[`${A} ${C}`, 8n]]);
    expect(tally.matched).toBe(2);
  });

  test('tells how far it has been read', async () => {
    const told: string[] = [];
    const showProgress: WindowContext['showProgress'] = async (describe, work) => {
      const result = await work();
      told.push(describe());
      return result;
    };
    await read({ events: Array.from({ length: 1500 }, () => sent(A, B, 1)), showProgress });
    expect(told).toEqual(['reading events: 1,500']);
  });

  test('shows each row to an observer, whose pairs have names too', async () => {
    const rows: unknown[] = [];
    const observer = { observe: (row: unknown) => void rows.push(row), pairs: () => [pairOf(A, C)] };
    const window = await read({
      events: [sent(A, B, 5), sent(A, B, '5,000')],
      names: [[A, C, 'www.example.net', NOW]],
      flags: { groupBy: 'source,domain' },
      observer,
    });
    expect(rows).toHaveLength(2);
    expect(window.tally).toMatchObject({ matched: 2, unreadable: 1 });
    expect(window.groupOf(pairOf(A, C))).toMatchObject({ key: `${A} example.net`, domain: 'example.net' });
  });
});

describe('exclusions by address', () => {
  const events = [sent(A, B, 1), sent(A, C, 20), sent('10.1.1.6', B, 300), sent('172.16.0.1', B, 4000)];

  test.each<[RawFlags, readonly bigint[], string | null]>([
    [{}, [4000n, 300n, 20n, 1n], null],
    [{ excludeSource: ['10.1.1.6', '10.1.1.5'] }, [4000n], 'source 10.1.1.5'],
    [{ excludeDestination: ['203.0.113.0/24'] }, [20n], 'destination 203.0.113.0/24'],
    [{ includeSource: ['172.16.0.0/12'] }, [4000n], 'source not among those included'],
    [{ includeSource: ['10.0.0.0/8'] }, [300n, 20n, 1n], null],
    [{ includeSource: ['10.0.0.0/8'], excludeSource: [A] }, [300n], `source ${A}`],
    [{ includeSource: ['10.0.0.0/8'], excludeDestination: [B] }, [20n], `destination ${B}`],
    // Named is the source's range.
    [{ excludeSource: [A], excludeDestination: [B] }, [], `source ${A}`],
  ])('%j', async (flags, bytes, exclusion) => {
    const window = await read({ events, flags });
    expect(window.groups.map((group) => group.bytes)).toEqual(bytes);
    const excluded = 4 - bytes.length;
    const sum = bytes.reduce((total, one) => total + one, 0n);
    expect(window.tally).toMatchObject({ matched: 4, counted: 4 - excluded, excluded, excludedBytes: 4321n - sum });
    expect(window.exclusionOf(pairOf(A, B))?.text ?? null).toBe(exclusion);
    expect(window.groupOf(pairOf(A, B))).toMatchObject({ key: `${A} ${B}` });
  });

  test('the entries that match nothing are known', async () => {
    const flags = {
      // One that is given twice is no other one.
      excludeSource: [A, A, '10.9.9.9'],
      excludeDestination: [B, '192.0.2.0/24'],
      includeSource: ['10.0.0.0/8'],
    };
    expect((await read({ events, flags })).unusedExceptions).toEqual(['source 10.9.9.9', 'destination 192.0.2.0/24']);
  });
});

describe('exclusions by name', () => {
  const flags = { excludeDomain: ['example.net', 'example.org', 'never.example'] };

  test('leave out the pairs all of whose names are below one of the domains', async () => {
    const window = await read({
      events: [sent(A, B, 1), sent(A, C, 20), sent('10.1.1.6', B, 300)],
      names: [
        [A, B, 'www.example.net', NOW],
        [A, B, 'example.org', NOW],
        [A, C, 'www.example.net', NOW],
        [A, C, 'www.example.com', NOW],
      ],
      flags,
    });
    expect(shown(window.groups)).toEqual([
      [`10.1.1.6 ${B}`, 300n],
      [`${A} ${C}`, 20n],
    ]);
    expect(window.tally).toMatchObject({ matched: 3, counted: 2, excluded: 1, excludedBytes: 1n });
    expect(window.exclusionOf(pairOf(A, B))?.text ?? null).toMatch(
      /^domain example\.(net|org), domain example\.(net|org)$/,
    );
    expect(window.exclusionOf(pairOf(A, C))?.text ?? null).toBeNull();
    expect(window.unusedExceptions).toEqual(['domain never.example']);
    // The names that were read are not read again.
    expect((await window.names([])).of([pairOf(A, C)]).fqdns).toEqual(['www.example.com', 'www.example.net']);
  });

  test('whatever dots are around a name', async () => {
    for (const name of ['.example.net', 'www.example.net..', 'WWW.Example.NET']) {
      const { groups } = await read({ events: [sent(A, B, 1)], names: [[A, B, name, NOW]], flags });
      expect(groups).toEqual([]);
    }
  });

  test('with those by address', async () => {
    const window = await read({
      events: [sent(A, B, 1), sent(A, C, 20)],
      names: [[A, C, 'www.example.net', NOW]],
      flags: { ...flags, excludeDestination: [B] },
    });
    expect(window.groups).toEqual([]);
    expect(window.tally).toMatchObject({ counted: 0, excluded: 2, excludedBytes: 21n });
    expect(window.exclusionOf(pairOf(A, B))?.text ?? null).toBe(`destination ${B}`);
    expect(window.exclusionOf(pairOf(A, C))?.text ?? null).toBe('domain example.net');
  });

  test('names that were last seen over a window before the window do not count', async () => {
    const from = NOW - 2 * DAY;
    for (const [lastSeen, groups] of [
      [from, 0],
      [from - 1, 1],
    ] as const) {
      const window = await read({ events: [sent(A, B, 1)], names: [[A, B, 'www.example.net', lastSeen]], flags });
      expect(window.groups).toHaveLength(groups);
    }
  });
});

describe('names', () => {
  test('are read only when they are asked for, where nothing depends on them', async () => {
    const window = await read({ events: [sent(A, B, 1)], names: null });
    await expect(window.names([pairOf(A, B)])).rejects.toThrow(DatabaseError);
    expect(window.undecided).toBeNull();
  });

  test('that cannot be read are an error, but where their time is limited the run goes on without', async () => {
    const events = [sent(A, B, 1)];
    for (const flags of [{ groupBy: 'source,domain' }, { excludeDomain: ['example.net'] }]) {
      await expect(read({ events, names: null, flags })).rejects.toThrow(DatabaseError);
      const window = await read({ events, names: null, flags, namesSeconds: () => 60 });
      expect(window.undecided).toMatch(/domain_index/);
      expect(shown(window.groups)).toEqual([[`${A} ${B}`, 1n]]);
      expect(window.exclusionOf(pairOf(A, B))?.text ?? null).toBeNull();
    }
    const shownLater = await read({ events, names: null, namesSeconds: () => 60 });
    expect(shownLater.undecided).toBeNull();
    expect((await shownLater.names([pairOf(A, B)])).failure).toMatch(/domain_index/);
  });
});

describe('by domain', () => {
  const flags = { groupBy: 'source,domain' };
  const openOf = (opened: Readonly<Record<string, number>>, sources: readonly string[] = []): OpenGroups => ({
    openedAt: (key) => opened[key] ?? null,
    includesSource: (source) =>
      Object.keys(opened).some((key) => key.startsWith(`${source} `)) || sources.includes(source),
    includesDomainOf: (source) => Object.keys(opened).some((key) => key.startsWith(`${source} `)),
  });

  test('addresses of one domain are one group; one without a name stands for itself', async () => {
    const { groups } = await read({
      events: [sent(A, B, 1), sent(A, C, 20), sent(A, '192.0.2.1', 300), sent(A, '192.0.2.2', 4000)],
      names: [
        [A, B, 'a.example.net', NOW],
        [A, C, 'b.example.net', NOW],
        // A name below which nobody can register one.
        [A, '192.0.2.2', 'net', NOW],
      ],
      flags,
    });
    expect(shown(groups)).toEqual([
      [`${A} 192.0.2.2`, 4000n],
      [`${A} 192.0.2.1`, 300n],
      [`${A} example.net`, 21n],
    ]);
  });

  const TWO_NAMES: readonly TestName[] = [
    [A, B, 'a.example.net', NOW - 60],
    [A, B, 'a.example.org', NOW - 600],
    [A, B, 'a.example.com', NOW - 900],
  ];

  test.each<[string, Record<string, number> | null, string]>([
    ['the newest name', null, 'example.net'],
    ['the newest name, where no episode is open', {}, 'example.net'],
    ['the domain with an open episode', { [`${A} example.org`]: NOW - 60 }, 'example.org'],
    ['of several the one opened last', { [`${A} example.org`]: 5, [`${A} example.com`]: 9 }, 'example.com'],
    [
      'of several opened at once the one of the newer name',
      { [`${A} example.com`]: 9, [`${A} example.org`]: 9 },
      'example.org',
    ],
    ['one opened in 1970', { [`${A} example.org`]: 0 }, 'example.org'],
  ])('a pair belongs to %s', async (_, opened, domain) => {
    const { groups, groupOf } = await read({
      events: [sent(A, B, 1)],
      names: TWO_NAMES,
      flags,
      open: opened && openOf(opened),
    });
    expect(shown(groups)).toEqual([[`${A} ${domain}`, 1n]]);
    // Asked again, the answer is the same.
    expect(groupOf(pairOf(A, B)).domain).toBe(domain);
    expect(groupOf(pairOf(A, C)).domain).toBe(C);
  });

  test('names of any age count for the sources with an open episode, unless there is a newer one', async () => {
    const old = NOW - 9 * DAY;
    const reading = {
      events: [sent(A, B, 1), sent(A, C, 20), sent('10.1.1.6', B, 300)],
      names: [
        [A, B, 'a.example.net', old],
        [A, C, 'a.example.org', NOW],
        [A, C, 'a.example.net', old],
        ['10.1.1.6', B, 'a.example.net', old],
      ] as const,
      flags,
    };
    expect(shown((await read(reading)).groups)).toEqual([
      [`10.1.1.6 ${B}`, 300n],
      [`${A} example.org`, 20n],
      [`${A} ${B}`, 1n],
    ]);
    expect(shown((await read({ ...reading, open: openOf({}, [A]) })).groups)).toEqual([
      [`10.1.1.6 ${B}`, 300n],
      [`${A} example.org`, 20n],
      [`${A} example.net`, 1n],
    ]);
  });

  test('too old a name excludes nothing', async () => {
    const { groups } = await read({
      events: [sent(A, B, 1)],
      names: [[A, B, 'a.example.net', NOW - 9 * DAY]],
      flags: { ...flags, excludeDomain: ['example.net'] },
      open: openOf({}, [A]),
    });
    expect(shown(groups)).toEqual([[`${A} example.net`, 1n]]);
  });

  test('an address without a name stays, where names could be read', async () => {
    const { groups } = await read({
      events: [sent(A, B, 1), sent(A, C, 20)],
      names: [[A, B, 'a.example.net', NOW]],
      flags,
      open: openOf({ [`${A} example.net`]: NOW - 600 }),
    });
    expect(shown(groups)).toEqual([
      [`${A} ${C}`, 20n],
      [`${A} example.net`, 1n],
    ]);
  });

  test('without the older names, those that have a newer one are known', async () => {
    const reading = {
      events: [sent(A, B, 1), sent(A, C, 20), sent('10.1.1.6', C, 300)],
      names: [[A, B, 'a.example.net', NOW]] as const,
      flags,
      namesSeconds: () => 60,
      open: openOf({ [`${A} example.net`]: NOW - 600 }),
    };
    // The events, the names, and then the older names.
    let statements = 0;
    const refuseThird = (source: Database): Database => ({
      ...source,
      stream: (...args) => {
        statements++;
        return statements === 3 ? Promise.reject(new DatabaseError('gone', 'other')) : source.stream(...args);
      },
    });
    const { groups, undecided } = await read({ ...reading, wrap: refuseThird });
    expect(undecided).toBe('gone');
    expect(shown(groups)).toEqual([
      [`10.1.1.6 ${C}`, 300n],
      [`${A} example.net`, 1n],
    ]);
  });

  test('nothing of that matters where groups have no domain', async () => {
    const open = openOf({}, [A]);
    const { groups } = await read({ events: [sent(A, B, 1)], open });
    expect(shown(groups)).toEqual([[`${A} ${B}`, 1n]]);
  });

  test('without names, addresses are left out that may belong to a domain with an open episode', async () => {
    const reading = { events: [sent(A, B, 1), sent('10.1.1.6', B, 300)], names: null, flags, namesSeconds: () => 60 };
    const open = openOf({ [`${A} example.net`]: NOW - 600 });
    expect(shown((await read({ ...reading, open })).groups)).toEqual([[`10.1.1.6 ${B}`, 300n]]);
    expect(shown((await read(reading)).groups)).toHaveLength(2);
    expect((await read({ ...reading, open, flags: { excludeDomain: ['example.net'] } })).groups).toHaveLength(2);
  });
});
