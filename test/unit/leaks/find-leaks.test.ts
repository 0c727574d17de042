import { describe, expect, test } from 'vitest';
import { type FindingsContext, findLeaks } from '../../../src/leaks/find-leaks.ts';
import { readOptions } from '../../../src/options/options.ts';
import type { RawFlags } from '../../../src/options/settings.ts';
import { EMPTY_STATE, type State, type StoredEpisode } from '../../../src/state/memory.ts';
import { NO_IP_DATABASES } from '../../../src/tally/ip-database.ts';
import { Looks } from '../../../src/tally/looks.ts';
import { Steps } from '../../../src/util/steps.ts';
import type { TestEvent } from '../../support/builders/events.ts';
import { dueAlertOf, LEAK } from '../../support/builders/example-report.ts';
import { openEvents, type TestName } from '../../support/builders/opened-events.ts';

const NOW = 1_764_000_007;
const HOUR = 3600;
const DAY = 24 * HOUR;
const A = '10.1.1.5';
const B = '203.0.113.9';
const C = '198.51.100.7';
/** What all totals cover. */
const SCOPE = 'same';

interface Finding extends Partial<Omit<FindingsContext, 'source' | 'state'>> {
  readonly events: readonly TestEvent[];
  readonly names?: readonly TestName[] | null;
  readonly flags?: RawFlags;
  readonly looks?: Looks;
  readonly open?: readonly StoredEpisode[];
}

async function find({ events, names = [], flags = {}, looks, open = [], ...context }: Finding) {
  const options = readOptions({ database: 'sqlite:events.db', threshold: '100', ...flags }, {});
  const state: State = { ...EMPTY_STATE, open: new Map(open.map((episode) => [episode.groupKey, episode])) };
  const all: FindingsContext = {
    source: await openEvents(events, names),
    showProgress: (_, work) => work(),
    ipDatabases: NO_IP_DATABASES,
    state,
    readLastAlerted: async () => new Map(),
    staleness: async () => null,
    scopes: Steps.constant(SCOPE),
    ...context,
  };
  const { leaks, due, ...rest } = await findLeaks(options, all, looks ?? new Looks(null, NOW));
  // In full, to be compared.
  return {
    ...rest,
    leaks: leaks.map(({ leak, episodeId }) => ({ leak: leak.describe(), episodeId })),
    due: due.map((alert) => ({ ...alert, leak: alert.leak.describe() })),
  };
}

const sent = (bytes: number, secondsAgo: number, destination = B, source = A): TestEvent => {
  return { epoch: NOW - secondsAgo, source, destination, bytes };
};
const episode = (groupKey: string, more: Partial<StoredEpisode> = {}): StoredEpisode => ({
  ...{ id: `row-${groupKey}`, groupKey, openedAt: NOW - HOUR, pending: null },
  alerted: { at: NOW - HOUR, bytes: 150n, newest: NOW - HOUR, scope: SCOPE },
  ...more,
});
const KEY = `${A} ${B}`;

describe('leaks of now', () => {
  test('are above the threshold, described over their window, with the names of their destinations', async () => {
    const events = [sent(60, 3 * HOUR), sent(80, 60), sent(100, 60, C), sent(999, DAY + 1)];
    const findings = await find({ events, names: [[A, B, 'www.example.net', NOW - 60]] });
    expect(findings).toMatchObject({
      ...{ asOf: NOW, keptOpen: null, namesFailure: null, isDecided: true, watched: null, closed: [] },
      tally: { matched: 3, counted: 3 },
    });
    const leak = {
      ...{ source: A, destination: B, domain: null, sources: null, destinations: null, bytes: 140n, events: 2 },
      ...{ firstSeen: NOW - 3 * HOUR, lastSeen: NOW - 60, fqdns: ['www.example.net'], fqdnsOmitted: 0 },
      ...{ status: 'new', growth: null, asOf: NOW, activeSlots: 2, longestPauseSeconds: 3 * HOUR - 60 },
    };
    expect(findings.leaks).toMatchObject([{ leak, episodeId: expect.any(String) }]);
    expect(findings.leaks[0]?.leak.timeline.map(Number)).toEqual([...Array(21).fill(0), 60, 0, 80]);
    expect(findings.due).toMatchObject([{ groupKey: KEY, leak }]);
    expect(findings.changed).toMatchObject([{ stored: null, openedAt: NOW, closedAt: null }]);
  });

  test('say what is behind a field outside the key, and which exclusions matched nothing', async () => {
    const findings = await find({
      events: [sent(60, 60), sent(80, 60, C), sent(900, 60, B, '10.9.9.9')],
      flags: { groupBy: 'source', excludeSource: ['10.9.9.9', '10.8.8.8'] },
    });
    expect(findings.leaks.map(({ leak }) => leak)).toMatchObject([
      {
        ...{ source: A, sources: null, destination: null, bytes: 140n },
        destinations: {
          count: 2,
          top: [
            { address: C, bytes: 80n },
            { address: B, bytes: 60n },
          ],
        },
      },
    ]);
    expect(findings.unusedExceptions).toEqual(['source 10.8.8.8']);
    const byDestination = await find({ events: [sent(101, 60)], flags: { groupBy: 'destination' } });
    expect(byDestination.leaks[0]?.leak).toMatchObject({ destinations: null, sources: { count: 1 } });
  });

  test('know how much they have grown since the last alert', async () => {
    const events = [sent(150, 2 * HOUR), sent(60, 60)];
    const names: TestName[] = [[A, B, 'www.example.net', NOW]];
    const { leaks, due } = await find({ events, names, open: [episode(KEY)] });
    expect(leaks[0]?.leak).toMatchObject({ status: 'known', growth: { bytes: 60n, sinceSeconds: HOUR } });
    expect(leaks[0]?.leak.fqdns).toEqual(['www.example.net']);
    expect(due).toEqual([]);
  });
});

describe('an alert of an earlier look', () => {
  test('is described over the window of then', async () => {
    // Above the threshold together for one look only.
    const events = [sent(60, DAY + 700), sent(80, 1000), sent(7, 60)];
    const looks = new Looks(NOW - 1200, NOW);
    const names: TestName[] = [[A, B, 'www.example.net', NOW - 60]];
    const { leaks, due, changed } = await find({ events, looks, names });
    expect(leaks).toEqual([]);
    expect(due).toMatchObject([
      { leak: { bytes: 140n, events: 2, asOf: NOW - 900, lastSeen: NOW - 1000, fqdns: ['www.example.net'] } },
    ]);
    expect(changed).toMatchObject([{ openedAt: NOW - 900, closedAt: null }]);
  });
});

describe('an episode that opened and closed again in the missed time', () => {
  test('has the names of its destinations, as the one before it has nothing to say', async () => {
    const looks = new Looks(NOW - 3 * HOUR, NOW);
    const { due, changed, closed } = await find({
      events: [sent(150, 2 * HOUR)],
      names: [[A, B, 'www.example.net', NOW]],
      flags: { window: '1h' },
      looks,
      open: [episode(KEY, { alerted: { at: NOW - 9 * HOUR, bytes: 150n, newest: NOW - 9 * HOUR, scope: SCOPE } })],
    });
    expect(closed).toEqual([{ id: `row-${KEY}`, closedAt: looks.first }]);
    expect(due).toMatchObject([{ leak: { bytes: 150n, fqdns: ['www.example.net'] } }]);
    expect(changed).toMatchObject([{ stored: null, closedAt: expect.any(Number) }]);
  });
});

describe('open episodes', () => {
  test('need no event, and close when the total is at or below half the threshold', async () => {
    const keys = [`${A} ${B}`, `${A} ${C}`, `${A} 192.0.2.1`];
    const { closed, leaks } = await find({
      events: [sent(50, 60), sent(51, 60, C)],
      open: keys.map((key) => episode(key)),
    });
    expect(closed.map(({ id }) => id).sort()).toEqual([`row-${keys[2]}`, `row-${keys[0]}`].sort());
    expect(leaks).toEqual([]);
  });

  test('stay open while the collector is silent; that is asked only where one would close', async () => {
    let asked = 0;
    const staleness = async () => {
      asked++;
      return 'the newest event is 3 hours old';
    };
    const quiet = await find({ events: [], open: [episode(KEY), episode(`${A} ${C}`)], staleness });
    expect(quiet.closed).toEqual([]);
    expect(quiet.keptOpen).toEqual({ episodes: 2, age: 'the newest event is 3 hours old' });
    expect(asked).toBe(1);
    expect((await find({ events: [sent(120, 60)], open: [episode(KEY)], staleness })).keptOpen).toBeNull();
    expect(asked).toBe(1);
    const mixed = await find({ events: [sent(120, 60)], open: [episode(KEY), episode(`${A} ${C}`)], staleness });
    expect(mixed.keptOpen).toMatchObject({ episodes: 1 });
    expect(mixed.leaks).toHaveLength(1);
  });

  test('that closed at an earlier look stay closed, whatever the collector does now', async () => {
    const { closed, keptOpen } = await find({
      ...{ events: [], open: [episode(KEY)], looks: new Looks(NOW - 1200, NOW) },
      staleness: async () => 'old',
    });
    expect(closed).toEqual([{ id: `row-${KEY}`, closedAt: NOW - 900 }]);
    expect(keptOpen).toBeNull();
  });

  test('one that closed earlier, and one that would close now', async () => {
    const looks = new Looks(NOW - 1200, NOW);
    const { closed, keptOpen } = await find({
      events: [sent(60, DAY + 100, C)],
      open: [episode(KEY), episode(`${A} ${C}`)],
      looks,
      staleness: async () => 'old',
    });
    expect(closed).toEqual([{ id: `row-${KEY}`, closedAt: looks.first }]);
    expect(keptOpen).toEqual({ episodes: 1, age: 'old' });
  });

  test('stay open where names decide and could not be looked up', async () => {
    const reading = { events: [sent(120, 60)], names: null, namesSeconds: () => 60 };
    const findings = await find({
      ...reading,
      flags: { excludeDomain: ['example.net'] },
      open: [episode(`${A} ${C}`)],
    });
    expect(findings).toMatchObject({
      isDecided: false,
      closed: [],
      namesFailure: expect.stringMatching(/domain_index/),
    });
    expect(findings.leaks).toHaveLength(1);
    // Without such exclusions only the names are missing.
    const shown = await find({ ...reading, open: [episode(`${A} ${C}`)] });
    expect(shown).toMatchObject({ isDecided: true, namesFailure: expect.stringMatching(/domain_index/) });
    expect(shown.closed).toHaveLength(1);
    expect(shown.leaks[0]?.leak.fqdnsFailure).toMatch(/domain_index/);
  });
});

describe('the last alert of a closed episode', () => {
  test('is looked up only for a leak without an open episode, and old bytes are no news', async () => {
    let asked = 0;
    const readLastAlerted = async () => {
      asked++;
      return new Map([[KEY, NOW - 60]]);
    };
    const known = await find({ events: [sent(150, 60)], readLastAlerted });
    expect(known.leaks).toMatchObject([{ leak: { status: 'known' }, episodeId: null }]);
    expect(known.due).toEqual([]);
    const news = await find({ events: [sent(150, 60), sent(1, 59)], readLastAlerted });
    expect(news.due).toHaveLength(1);
    expect(asked).toBe(2);
    await find({ events: [sent(100, 60)], flags: { watch: '80' }, readLastAlerted });
    await find({ events: [sent(150, 60)], open: [episode(KEY)], readLastAlerted });
    expect(asked).toBe(2);
  });
});

describe('watched groups', () => {
  const flags = { watch: '80', groupBy: 'source' };

  test('are those from the percentage up to the threshold, largest first, with the time at which they would cross', async () => {
    const events = [
      sent(79, 60, B, '10.1.1.1'),
      sent(80, 60, B, '10.1.1.2'),
      sent(100, 9 * HOUR, B, '10.1.1.3'),
      sent(101, 60, B, '10.1.1.4'),
    ];
    const { watched, leaks } = await find({ events, flags, names: [['10.1.1.2', B, 'www.example.net', NOW]] });
    expect(watched).toMatchObject([
      { source: '10.1.1.3', bytes: 100n, status: 'watch', crossesAt: null, asOf: NOW },
      { source: '10.1.1.2', bytes: 80n, status: 'watch', crossesAt: NOW + 75, fqdns: ['www.example.net'] },
    ]);
    expect(watched?.[1]).toMatchObject({ destinations: { count: 1 }, sources: null });
    expect(leaks).toHaveLength(1);
    expect((await find({ events, flags: { groupBy: 'source' } })).watched).toBeNull();
    expect((await find({ events: [], flags })).watched).toEqual([]);
  });

  test('are judged by the window of now, also when the run catches up', async () => {
    const looks = new Looks(NOW - 1200, NOW);
    const events = [
      sent(50, DAY + 60),
      sent(85, 600),
      sent(300, DAY + 60, B, '10.1.1.6'),
      sent(85, 600, B, '10.1.1.6'),
    ];
    const { watched } = await find({ events, flags, looks });
    expect(watched?.map(({ source, bytes }) => [source, bytes])).toEqual([
      ['10.1.1.6', 85n],
      [A, 85n],
    ]);
  });
});

test('a due alert that is as it was is sent again, and is not stored anew', async () => {
  const { alert: _, ...leak } = LEAK;
  const pending = dueAlertOf(
    { ...leak, status: 'new', bytes: 500n, asOf: NOW - HOUR, lastSeen: NOW - HOUR },
    { alertId: 'a', groupKey: KEY, episodeId: `row-${KEY}`, failures: 1 },
  );
  const { due, changed, leaks } = await find({
    events: [sent(150, HOUR)],
    open: [episode(KEY, { alerted: null, pending })],
  });
  expect(due).toEqual([{ ...pending, leak: pending.leak.describe() }]);
  expect(changed).toEqual([]);
  expect(leaks).toMatchObject([{ leak: { status: 'new', bytes: 150n } }]);
});
