import { expect, test } from 'vitest';
import type { StoredEpisode } from '../../../src/state/memory.ts';
import type { Replay, ReplayedEpisode } from '../../../src/state/replay.ts';
import { resend } from '../../../src/state/resend.ts';

const NOW = 1_764_000_000;
const LAST = NOW - 50;

const stored: StoredEpisode = {
  ...{ id: 'e', groupKey: 'g', openedAt: NOW - 900, pending: null },
  alerted: { at: NOW - 900, bytes: 120n, newest: LAST, scope: '' },
};
const open: ReplayedEpisode = { stored, openedAt: NOW - 900, closedAt: null, due: null };
const over: ReplayedEpisode = { stored, openedAt: NOW - 9000, closedAt: NOW - 6000, due: null };
const due = { status: 'grown', at: NOW, bytes: 300n, covers: { at: NOW, newest: LAST } } as const;
const again = { status: 'repeat', at: NOW, bytes: 150n, covers: { at: NOW, newest: LAST } } as const;

const replayed = (decision: Replay['decision'], ...episodes: ReplayedEpisode[]): Replay => ({
  ...{ decision, episodes },
  total: { bytes: 150n, lastSeen: LAST, scope: '' },
});

const CASES: readonly [name: string, before: Replay, after: Replay][] = [
  ['a known leak is due again', replayed('known', open), replayed('repeat', { ...open, due: again })],
  // Old bytes of an episode that is over, which a longer window has brought back.
  [
    'a known leak without an open episode opens one',
    replayed('known', over),
    replayed('repeat', over, { stored: null, openedAt: NOW, closedAt: null, due: again }),
  ],
  [
    'of several episodes the open one',
    replayed('known', over, open),
    replayed('repeat', over, { ...open, due: again }),
  ],
  ['what is due now keeps its status', replayed('grown', { ...open, due }), replayed('grown', { ...open, due })],
  // Nothing in it changed since an earlier run that could not send it.
  ['what was due before stays due as it is', replayed('new', open), replayed('new', open)],
  ['no leak', replayed('below', open), replayed('below', open)],
  ['nothing at all', replayed('below'), replayed('below')],
  ['an episode that closes', replayed('closed', over), replayed('closed', over)],
];

test.each(CASES)('%s', (_, before, after) => {
  expect(resend(before, NOW)).toEqual(after);
});
