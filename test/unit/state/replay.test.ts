import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell } from '../../../src/model.ts';
import type { StoredEpisode } from '../../../src/state/memory.ts';
import { type ReplayedEpisode, type ReplayRules, replay } from '../../../src/state/replay.ts';
import { CellGrid } from '../../../src/tally/cell-grid.ts';
import { Looks } from '../../../src/tally/looks.ts';
import { PairTable } from '../../../src/tally/pair-table.ts';
import { Steps } from '../../../src/util/steps.ts';
import { dueAlertOf, LEAK } from '../../support/builders/example-report.ts';

const T = 1_764_000_000;
const HOUR = 3600;
const DAY = 24 * HOUR;
const RULES = {
  thresholdBytes: 100,
  windowSeconds: DAY,
  realertGrowth: 2,
  realertAfterSeconds: DAY,
  closing: 'all' as ReplayRules['closing'],
};
type Rules = typeof RULES;
type Event = readonly [epoch: number, bytes: number];

/** The cells of one pair as a scan for these looks leaves them. */
function cellsOf(
  events: readonly Event[],
  looks: Looks,
  { windowSeconds }: Pick<Rules, 'windowSeconds'>,
): readonly Cell[] {
  const table = new PairTable(new CellGrid(looks, windowSeconds));
  const read = events.filter(([epoch]) => epoch >= looks.first - windowSeconds && epoch <= looks.now);
  for (const [epoch, bytes] of read) table.add('aaaa', 'bbbb', epoch, bytes);
  return [...table].flatMap(({ cells }) => cells).sort((a, b) => a.first - b.first);
}

/** Rules that are the same at all looks. */
function constantly({ thresholdBytes, ...rules }: Rules): ReplayRules {
  const thresholds = Steps.constant({ bytes: thresholdBytes, exception: null });
  return { ...rules, thresholds, scopes: Steps.constant('') };
}

function replayed(
  events: readonly Event[],
  looks: Looks,
  rules: Partial<Rules> = {},
  episode: StoredEpisode | null = null,
) {
  const all = { ...RULES, ...rules };
  return replay(cellsOf(events, looks, all), { episode, lastAlerted: null }, looks, constantly(all));
}

const alerted = (at: number, bytes: bigint, newest = at): StoredEpisode => ({
  ...{ id: 'e', groupKey: 'g', openedAt: at, pending: null },
  alerted: { at, bytes, newest, scope: '' },
});
const pending = (at: number, bytes: bigint, newest = at): StoredEpisode => ({
  ...{ id: 'e', groupKey: 'g', openedAt: at, alerted: null },
  pending: dueAlertOf(
    { ...LEAK, status: 'new', bytes, asOf: at, lastSeen: newest },
    { alertId: 'a', groupKey: 'g', episodeId: 'e', failures: 1 },
  ),
});

describe('an alert that is due', () => {
  // 4,900 B at T-10 s, 101 B at T+1 h; no run until T+24 h 5 min.
  const events: readonly Event[] = [
    [T - 10, 4900],
    [T + HOUR, 101],
  ];

  test('of missed runs has the largest total of its episode, and the time of that look', () => {
    const looks = new Looks(T - 300, T + DAY + 300);
    expect(replayed(events, looks)).toMatchObject({
      decision: 'new',
      total: { bytes: 101n, lastSeen: T + HOUR },
      episodes: [{ openedAt: T, closedAt: null, due: { status: 'new', bytes: 5001n } }],
    });
    const due = replayed(events, looks).episodes[0]?.due;
    expect(due?.at).toBeGreaterThanOrEqual(T + HOUR);
    expect(due?.at).toBeLessThanOrEqual(T - 10 + DAY);
  });

  test('and could not be sent keeps its total when a later one is smaller', () => {
    const looks = new Looks(T + DAY, T + DAY + 300);
    const result = replayed(events, looks, {}, pending(T + 2 * HOUR, 5001n, T + HOUR));
    expect(result.episodes).toMatchObject([{ stored: { id: 'e' }, closedAt: null, due: null }]);
    expect(result.decision).toBe('new');
  });

  test('and could not be sent grows with a larger total', () => {
    const result = replayed(events, new Looks(T, T + 2 * HOUR), {}, pending(T, 4900n, T - 10));
    expect(result.episodes).toMatchObject([
      { stored: { id: 'e' }, due: { status: 'new', at: T + 2 * HOUR, bytes: 5001n } },
    ]);
  });
});

describe('an alert that was due before', () => {
  test('counts as sent: what repeats it covers more, and keeps its total', () => {
    const events: readonly Event[] = [
      [T - 10, 500],
      [T + DAY + 200, 150],
    ];
    const { episodes, decision } = replayed(events, new Looks(null, T + DAY + 300), {}, pending(T, 500n, T - 10));
    expect(decision).toBe('new');
    expect(episodes).toMatchObject([
      { due: { status: 'new', at: T, bytes: 500n, covers: { at: T + DAY + 300, newest: T + DAY + 200 } } },
    ]);
  });

  test('is repeated for bytes that came late, too', () => {
    const statuses: string[] = [];
    const looks = new Looks(null, T + DAY);
    const cells = cellsOf([[T, 200]], looks, RULES);
    replay(cells, { episode: pending(T, 150n), lastAlerted: null }, looks, constantly(RULES), (status) =>
      statuses.push(status),
    );
    expect(statuses).toEqual(['repeat']);
  });

  test('does not make a leak of a group that is below the threshold now', () => {
    const { decision, episodes } = replayed([[T, 80]], new Looks(null, T + HOUR), {}, pending(T, 500n));
    expect(decision).toBe('below');
    expect(episodes).toMatchObject([{ closedAt: null, due: null }]);
  });
});

test.each<[string, number, Partial<Rules>, string]>([
  ['grown', 300, {}, 'grown'],
  ['repeat', 200, { realertAfterSeconds: HOUR }, 'repeat'],
])('an alert after the first one is %s', (_, bytes, rules, status) => {
  const { episodes, decision } = replayed(
    [[T, bytes]],
    new Looks(null, T + 60),
    rules,
    alerted(T - HOUR, 150n, T - HOUR),
  );
  expect(decision).toBe(status);
  const covers = { at: T + 60, newest: T };
  expect(episodes).toMatchObject([{ due: { status, at: T + 60, bytes: BigInt(bytes), covers } }]);
});

test('among equal totals that of now is alerted, or else the first', () => {
  const looks = new Looks(T - 300, T + HOUR);
  // The window keeps its total until now.
  expect(replayed([[T, 150]], looks).episodes).toMatchObject([{ due: { at: T + HOUR, bytes: 150n } }]);
  const over = replayed(
    [
      [T, 150],
      [T + 600, 50],
    ],
    looks,
    { windowSeconds: 300 },
  );
  expect(over.episodes).toMatchObject([{ openedAt: T, due: { at: T, bytes: 150n } }]);
});

test('an episode closes at the first look at which its total is at or below half the threshold', () => {
  const looks = new Looks(T, T + 3 * DAY);
  const withRest = (rest: number): readonly Event[] => [
    [T, 60],
    [T + 400, rest],
  ];
  // The 60 bytes are in the window that ends at T + 24 h, and not in the next one; the rest is in one more.
  expect(replayed(withRest(50), looks).episodes).toMatchObject([{ openedAt: T + 600, closedAt: T + DAY + 300 }]);
  expect(replayed(withRest(51), looks).episodes).toMatchObject([{ openedAt: T + 600, closedAt: T + DAY + 600 }]);
});

test('an episode without an event closes at the first look, and now only while the collector is alive', () => {
  expect(replayed([], new Looks(T, T + HOUR), { closing: 'past' }, alerted(T - DAY, 150n))).toMatchObject({
    decision: 'below',
    episodes: [{ closedAt: T + 300, due: null }],
  });
  const now = new Looks(null, T);
  expect(replayed([], now, { closing: 'past' }, alerted(T - DAY, 150n))).toMatchObject({
    decision: 'below',
    episodes: [{ closedAt: null }],
  });
  expect(replayed([], new Looks(T, T + HOUR), { closing: 'none' }, alerted(T - DAY, 150n))).toMatchObject({
    decision: 'below',
    episodes: [{ closedAt: null, due: null }],
  });
  expect(replayed([], now, {}, alerted(T - DAY, 150n))).toMatchObject({
    decision: 'closed',
    episodes: [{ closedAt: T }],
  });
});

test('an episode whose last alert is later than the look stays open: the clock was set back', () => {
  const look = (at: number) => replayed([], new Looks(null, at), {}, alerted(T, 150n));
  expect(look(T - 1)).toMatchObject({ decision: 'below', episodes: [{ closedAt: null }] });
  expect(look(T)).toMatchObject({ decision: 'closed', episodes: [{ closedAt: T }] });
});

test('a leak that was alerted is no news under a longer window without a new byte, and is with one', () => {
  const events: readonly Event[] = [[T, 150]];
  const looks = new Looks(null, T + 30 * HOUR);
  const rules = { ...RULES, windowSeconds: 2 * DAY };
  const history = { episode: null, lastAlerted: T };
  expect(replay(cellsOf(events, looks, rules), history, looks, constantly(rules))).toMatchObject({
    decision: 'known',
    episodes: [],
  });
  const more = cellsOf([...events, [T + 1, 1]], looks, rules);
  expect(replay(more, history, looks, constantly(rules))).toMatchObject({
    decision: 'new',
    episodes: [{ openedAt: looks.now }],
  });
});

test('a repeat is due between two events, as soon as its time has come', () => {
  const events: readonly Event[] = [
    [T, 150],
    [T + 320, 1],
  ];
  const statuses: string[] = [];
  const looks = new Looks(T - HOUR, T + HOUR);
  const rules = { ...RULES, windowSeconds: HOUR, realertAfterSeconds: 600 };
  replay(cellsOf(events, looks, rules), { episode: null, lastAlerted: null }, looks, constantly(rules), (status) =>
    statuses.push(status),
  );
  expect(statuses).toEqual(['new', 'repeat']);
});

test('a repeat is due where nothing else happens, and an alert that only grows is none', () => {
  const events: readonly Event[] = [
    [T, 200],
    [T + 20, 1],
  ];
  const rules = { windowSeconds: 1500, realertAfterSeconds: 600 };
  // Alerted at T, larger at T+300, repeated at T+600, over at T+1800.
  expect(replayed(events, new Looks(T - 300, T + 1800), rules).episodes).toMatchObject([
    { openedAt: T, closedAt: T + 1800, due: { at: T + 300, bytes: 201n, covers: { at: T + 600, newest: T + 20 } } },
  ]);
});

test('an alert of several episodes of one gap: each has its own, and what was due before stays', () => {
  const events: readonly Event[] = [
    [T, 150],
    [T + 3 * DAY, 300],
  ];
  const result = replayed(
    events,
    new Looks(T - 300, T + 3 * DAY + HOUR),
    { realertAfterSeconds: Number.POSITIVE_INFINITY },
    pending(T - DAY, 500n),
  );
  expect(result.episodes).toMatchObject([
    { stored: { id: 'e' }, closedAt: T + DAY + 300, due: null },
    { stored: null, openedAt: T + 3 * DAY, closedAt: null, due: { status: 'new', bytes: 300n } },
  ]);
});

/** What section 5 of the contract says, look by look and event by event, in as few words as possible. */
function judgeNaively(
  events: readonly Event[],
  since: number,
  now: number,
  rules: Rules,
  stored: StoredEpisode | null,
) {
  const times: number[] = [];
  for (let time = since + 300; time <= now - 300; time += 300) times.push(time);
  times.push(now);
  type Last = { at: number; bytes: bigint; newest: number };
  let open = stored && {
    openedAt: stored.openedAt,
    last: stored.alerted as Last,
    due: null as null | { at: number; bytes: bigint },
  };
  let lastAlerted: number | null = null;
  const episodes: { openedAt: number; closedAt: number | null; due: null | { at: number; bytes: bigint } }[] = [];
  for (const time of times) {
    const inWindow = events.filter(([epoch]) => epoch >= time - rules.windowSeconds && epoch <= time);
    const bytes = inWindow.reduce((sum, [, one]) => sum + BigInt(one), 0n);
    const newest = Math.max(0, ...inWindow.map(([epoch]) => epoch));
    const alert = { at: time, bytes, newest };
    if (bytes > rules.thresholdBytes) {
      if (!open && (lastAlerted === null || newest > lastAlerted)) {
        open = { openedAt: time, last: alert, due: { at: time, bytes } };
      } else if (open && (newest > open.last.newest || bytes > open.last.bytes)) {
        const hasGrown = rules.realertGrowth > 0 && bytes >= open.last.bytes * BigInt(rules.realertGrowth);
        if (hasGrown || time >= open.last.at + rules.realertAfterSeconds) {
          open = { ...open, last: alert, due: open.due ?? { at: time, bytes } };
        }
      }
    } else if (open && bytes * 2n <= rules.thresholdBytes && mayClose(rules, time === now)) {
      episodes.push({ openedAt: open.openedAt, closedAt: time, due: open.due });
      lastAlerted = open.last.newest;
      open = null;
    }
    if (open?.due && (bytes > open.due.bytes || (bytes === open.due.bytes && time === now)))
      open.due = { at: time, bytes };
  }
  if (open) episodes.push({ openedAt: open.openedAt, closedAt: null, due: open.due });
  return episodes;
}

function mayClose({ closing }: Rules, isNow: boolean): boolean {
  return closing === 'all' || (closing === 'past' && !isNow);
}

test('decides as runs every five minutes would, whatever happened', () => {
  const event = fc.tuple(fc.integer({ min: -DAY, max: 3 * HOUR }), fc.constantFrom(1, 20, 50, 51, 99, 100, 101, 400));
  const rules = fc.record({
    thresholdBytes: fc.constantFrom(0, 99, 100, 101),
    windowSeconds: fc.constantFrom(15, 300, 1000, HOUR, 2 * HOUR),
    realertGrowth: fc.constantFrom(0, 1, 2),
    realertAfterSeconds: fc.constantFrom(1, 600, HOUR, Number.POSITIVE_INFINITY),
    closing: fc.constantFrom<Rules['closing']>('all', 'past', 'none'),
  });
  const before = fc.option(fc.tuple(fc.integer({ min: 0, max: HOUR }), fc.bigInt({ min: 1n, max: 500n })));
  const gap = fc.integer({ min: 0, max: 3 * HOUR });
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 40, size: 'max' }),
      rules,
      before,
      gap,
      (relative, rule, last, seconds) => {
        const events = relative.map(([offset, bytes]) => [T + offset, bytes] as const);
        const stored = last && alerted(T - last[0], last[1]);
        const looks = new Looks(T, T + seconds);
        const { episodes } = replayed(events, looks, rule, stored);
        const shown = ({ openedAt, closedAt, due }: ReplayedEpisode) => ({
          openedAt,
          closedAt,
          due: due && { at: due.at, bytes: due.bytes },
        });
        expect(episodes.map(shown)).toEqual(judgeNaively(events, T, T + seconds, rule, stored));
      },
    ),
    { numRuns: 1500 },
  );
});
