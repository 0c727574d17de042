import { describe, expect, test } from 'vitest';
import { decideAlerts } from '../../../src/leaks/decide-alerts.ts';
import type { ReplayedGroup } from '../../../src/leaks/replay-groups.ts';
import type { Group } from '../../../src/model.ts';
import type { DueAlert } from '../../../src/state/due-alert.ts';
import { EMPTY_STATE, type StoredEpisode } from '../../../src/state/memory.ts';
import type { ReplayedEpisode } from '../../../src/state/replay.ts';
import { dueAlertOf, LEAK } from '../../support/builders/example-report.ts';

const NOW = 1_764_000_000;
const groupOf = (key: string, bytes: bigint): Group => ({
  ...{ key, source: key, destination: null, domain: null, as: null, bytes, events: 1, firstSeen: NOW, lastSeen: NOW },
  ...{ pairs: [], cells: [] },
});
const pendingOf = (groupKey: string, bytes: bigint, failures: number, asOf = NOW - 600): DueAlert =>
  dueAlertOf(
    { ...LEAK, source: groupKey, status: 'new', bytes, asOf, lastSeen: asOf, fqdns: ['of.then.example'] },
    { alertId: `id-${groupKey}`, groupKey, episodeId: `row-${groupKey}`, failures },
  );
const stored = (groupKey: string, pending: DueAlert | null): StoredEpisode => ({
  ...{ id: `row-${groupKey}`, groupKey, openedAt: NOW - 600, alerted: null, pending },
});

/** A group whose one episode has these parts; open, and due now, unless they say something else. */
function replayedOf(key: string, bytes: bigint, more: Partial<ReplayedEpisode> = {}): ReplayedGroup {
  const due = { status: 'new', at: NOW, bytes, covers: { at: NOW, newest: NOW } } as const;
  const episode = { stored: null, openedAt: NOW, closedAt: null, due, ...more };
  const isOpen = episode.closedAt === null;
  return {
    key,
    group: groupOf(key, bytes),
    replay: {
      episodes: [episode],
      decision: isOpen ? 'new' : 'below',
      total: { bytes: isOpen ? bytes : 0n, lastSeen: NOW, scope: '' },
    },
  };
}

const decideAll = (replayed: readonly ReplayedGroup[], undelivered: readonly DueAlert[] = []) =>
  decideAlerts(replayed, { ...EMPTY_STATE, undelivered }, NOW, (group, status, bytes, asOf) => ({
    ...{ status, bytes, asOf },
    describe: () => ({ ...LEAK, source: group.key, bytes, asOf, lastSeen: asOf, status }),
  }));

describe('alerts are sent', () => {
  test('those tried least often first, of these the open ones, of these the largest', () => {
    const over = { closedAt: NOW - 300 };
    const { due } = decideAll(
      [
        replayedOf('over-large', 900n, over),
        replayedOf('open-small', 200n),
        replayedOf('tried', 999n, { stored: stored('tried', pendingOf('tried', 500n, 1)) }),
        replayedOf('open-large', 300n),
        replayedOf('over-small', 800n, over),
      ],
      [pendingOf('undelivered', 850n, 0), pendingOf('tried-long-ago', 850n, 2)],
    );
    expect(due.map(({ groupKey }) => groupKey)).toEqual([
      ...['open-large', 'open-small', 'over-large', 'undelivered', 'over-small', 'tried', 'tried-long-ago'],
    ]);
  });

  test('also those that are as they were, and are not stored again', () => {
    const pending = pendingOf('g', 500n, 1);
    const { due, changed } = decideAll([replayedOf('g', 150n, { stored: stored('g', pending), due: null })]);
    expect(due).toEqual([pending]);
    expect(changed).toEqual([]);
  });
});

describe('an alert', () => {
  test('that was tried before keeps its id, its row and the number of tries', () => {
    const { due, changed } = decideAll([replayedOf('g', 600n, { stored: stored('g', pendingOf('g', 500n, 3)) })]);
    expect(due).toMatchObject([{ alertId: 'id-g', episodeId: 'row-g', failures: 3, leak: { bytes: 600n, asOf: NOW } }]);
    expect(changed).toMatchObject([{ stored: { id: 'row-g' }, closedAt: null }]);
  });

  test('of a look before keeps the leak of then, with until when it speaks for its episode', () => {
    const pending = pendingOf('g', 500n, 1);
    const due = { status: 'grown', at: NOW - 600, bytes: 500n, covers: { at: NOW, newest: NOW - 5 } } as const;
    const { due: alerts } = decideAll([replayedOf('g', 150n, { stored: stored('g', pending), due })]);
    expect(alerts).toMatchObject([{ leak: { bytes: 500n, asOf: NOW - 600, status: 'grown' }, covers: due.covers }]);
    // As it was stored, but for its status.
    expect(alerts[0]?.leak.describe()).toEqual({ ...pending.leak.describe(), status: 'grown' });
    const same = { ...due, status: 'new' } as const;
    const { due: unchanged } = decideAll([replayedOf('g', 150n, { stored: stored('g', pending), due: same })]);
    expect(unchanged[0]?.leak.describe()).toEqual(pending.leak.describe());
  });

  test('of the same second as before, with more bytes, has those', () => {
    const pending = pendingOf('g', 500n, 1, NOW);
    const { due } = decideAll([replayedOf('g', 600n, { stored: stored('g', pending) })]);
    expect(due).toMatchObject([{ alertId: 'id-g', leak: { bytes: 600n, asOf: NOW } }]);
  });

  test('of another group, and of another episode, has an id and a row of its own', () => {
    const [first, second] = [replayedOf('g', 300n), replayedOf('h', 300n)];
    const episodes = [...first.replay.episodes, ...second.replay.episodes];
    const twice = { ...first, replay: { ...first.replay, episodes } };
    const { due } = decideAll([twice, second]);
    expect(new Set(due.map(({ alertId }) => alertId)).size).toBe(3);
    expect(new Set(due.map(({ episodeId }) => episodeId)).size).toBe(3);
    for (const { episodeId } of due) expect(episodeId).toMatch(/^[0-9a-f]{64}$/);
  });
});

test('an episode that closes without news is closed, and shown as no leak', () => {
  const closed = { stored: stored('g', null), closedAt: NOW, due: null };
  expect(decideAll([replayedOf('g', 150n, closed)])).toEqual({
    leaks: [],
    due: [],
    changed: [],
    closed: [{ id: 'row-g', closedAt: NOW }],
  });
});

test('the leaks of now are those above their threshold, largest first, with the row of their episode', () => {
  // With a threshold of its own, or with an episode that is not over.
  const belowOf = (key: string, bytes: bigint): ReplayedGroup => {
    const { replay, ...one } = replayedOf(key, bytes, { due: null });
    return { ...one, replay: { ...replay, decision: 'below' } };
  };
  const known = replayedOf('known', 500n, { due: null, stored: stored('known', null) });
  const { leaks } = decideAll([belowOf('at', 900n), replayedOf('above', 101n), known]);
  expect(leaks.map(({ leak, episodeId }) => [leak.describe().source, episodeId])).toEqual([
    ['known', 'row-known'],
    ['above', expect.stringMatching(/^[0-9a-f]{64}$/)],
  ]);
});
