import { describe, expect, test } from 'vitest';
import { planLooks } from '../../../src/run/plan-looks.ts';
import { EMPTY_MEMORY, type Memory, type StoredEpisode } from '../../../src/state/memory.ts';
import { dueAlertOf, LEAK } from '../../support/builders/example-report.ts';

const NOW = 1_764_000_007;
const HOUR = 3600;
const DAY = 24 * HOUR;
const OPTIONS = { windowSeconds: DAY, catchUp: true, asOf: null };

const lastRun = { policies: ['p'], windowSeconds: DAY, thresholdBytes: 1 };
const memoryUntil = (evaluatedUntil: number, more: Partial<Memory['state']> = {}): Memory => ({
  ...EMPTY_MEMORY,
  state: { ...EMPTY_MEMORY.state, ...more },
  lastRun: { ...lastRun, evaluatedUntil },
});

function timesOf({ looks }: ReturnType<typeof planLooks>): number[] {
  return Array.from({ length: looks.count }, (_, index) => looks.time(index) - NOW);
}

describe('the looks of a run are', () => {
  test.each<[string, number, readonly number[]]>([
    ['now alone, right after the last one', 0, [0]],
    ['now alone, up to ten minutes after it', -599, [0]],
    ['that of one missed run, and now', -600, [-300, 0]],
    ['none nearer to now than five minutes', -899, [-599, 0]],
    ['every five minutes', -1200, [-900, -600, -300, 0]],
  ])('%s', (_, until, times) => {
    expect(timesOf(planLooks(memoryUntil(NOW + until), NOW, OPTIONS))).toEqual(times);
  });

  test('now alone in a first run, with --no-catch-up and with --as-of', () => {
    const memory = memoryUntil(NOW - DAY);
    expect(timesOf(planLooks(EMPTY_MEMORY, NOW, OPTIONS))).toEqual([0]);
    expect(timesOf(planLooks(memory, NOW, { ...OPTIONS, catchUp: false }))).toEqual([0]);
    expect(timesOf(planLooks(memory, NOW, { ...OPTIONS, asOf: NOW }))).toEqual([0]);
  });

  test('those of 30 days at most, and what is older is told', () => {
    const all = planLooks(memoryUntil(NOW - 30 * DAY), NOW, OPTIONS);
    expect(all.looks.first).toBe(NOW - 30 * DAY + 300);
    expect(all.notices).toEqual([expect.not.stringContaining('may be lost')]);
    const late = planLooks(memoryUntil(NOW - 30 * DAY - 1), NOW, OPTIONS);
    expect(late.looks.first).toBe(NOW - 30 * DAY + 300);
    expect(late.notices).toEqual([expect.stringContaining('may be lost')]);
  });
});

test('a gap of less than 15 minutes is usual, and not worth a line', () => {
  expect(planLooks(memoryUntil(NOW - 899), NOW, OPTIONS).notices).toEqual([]);
  expect(planLooks(memoryUntil(NOW - 900), NOW, OPTIONS).notices).toEqual([
    expect.stringContaining('catching up on 3 looks'),
  ]);
});

describe('a clock', () => {
  test.each([
    [0, 0],
    [1, 1],
    [DAY, DAY],
  ])('%i seconds behind, at most a window, is that far behind', (ahead, behind) => {
    expect(planLooks(memoryUntil(NOW + ahead), NOW, OPTIONS)).toMatchObject({ behindSeconds: behind, notices: [] });
  });

  test('does not matter to --as-of', () => {
    expect(planLooks(memoryUntil(NOW + HOUR), NOW, { ...OPTIONS, asOf: NOW }).behindSeconds).toBe(0);
  });

  test('that was over a window ahead was wrong: all of the future counts as now', () => {
    const [at, newest] = [NOW + 3 * DAY, NOW + 3 * DAY - 60];
    const pending = dueAlertOf(
      { ...LEAK, asOf: at, lastSeen: newest },
      { alertId: 'a', groupKey: 'h', episodeId: 'f', failures: 1 },
    );
    const alerted = { at, newest, bytes: 5n, scope: null };
    const open = new Map<string, StoredEpisode>([
      ['g', { id: 'e', groupKey: 'g', openedAt: at, alerted, pending: null }],
      ['h', { id: 'f', groupKey: 'h', openedAt: at, alerted: null, pending }],
      ['i', { id: 'k', groupKey: 'i', openedAt: at, alerted: { ...alerted, at: NOW - 9, newest: NOW - 10 }, pending }],
    ]);
    const memory = memoryUntil(NOW + DAY + 1, { open, undelivered: [pending] });
    const { memory: clamped, behindSeconds, notices, looks } = planLooks(memory, NOW, OPTIONS);
    const covers = { at: NOW, newest: NOW };
    expect({ behindSeconds, count: looks.count }).toEqual({ behindSeconds: 0, count: 1 });
    expect(notices).toEqual([expect.stringContaining('when the clock was wrong')]);
    expect(clamped.lastRun?.evaluatedUntil).toBe(NOW);
    expect(clamped.state.open.get('g')?.alerted).toMatchObject(covers);
    expect(clamped.state.open.get('h')?.pending).toMatchObject({ alertId: 'a', failures: 1, covers });
    expect(clamped.state.open.get('i')?.alerted).toMatchObject({ at: NOW - 9, newest: NOW - 10 });
    expect(clamped.state.undelivered).toMatchObject([{ covers }]);
  });
});
