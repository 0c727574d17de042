import type { Group, Tally } from '../model.ts';
import type { Threshold } from '../options/exceptions.ts';
import type { AlertRules } from '../state/decide.ts';
import type { State } from '../state/memory.ts';
import { type Replay, type ReplayRules, replay } from '../state/replay.ts';
import { resend } from '../state/resend.ts';
import type { Looks } from '../tally/looks.ts';
import type { Window } from '../tally/read-window.ts';
import { Steps } from '../util/steps.ts';
import type { KeptOpen } from './findings.ts';

/** Replays are small, but their groups' cells are not, and take most of the time. */
const MOST_KEPT = 10_000;

/** What a replay needs besides the groups and their events. */
export interface ReplayContext {
  readonly state: State;
  /** What the totals of a look cover. */
  readonly scopes: Steps<string>;
  /** Epochs of the newest event of groups' last alerts, by group key; read only when a group has no open episode. */
  readLastAlerted(): Promise<ReadonlyMap<string, number>>;
  /** @returns how old the newest event of any kind is, in words; null while the collector is alive */
  staleness(tally: Tally): Promise<string | null>;
}

export interface ReplayedGroup {
  readonly key: string;
  /** Null when no event of it was read. */
  readonly group: Group | null;
  readonly replay: Replay;
}

export interface ReplayedGroups {
  /** Very many are replayed anew each time that they are iterated, since they are soon forgotten. */
  readonly replayed: Iterable<ReplayedGroup>;
  readonly keptOpen: KeptOpen | null;
}

interface Rules extends AlertRules, Pick<ReplayRules, 'windowSeconds'> {
  /** Alerts known leaks again. */
  readonly resend: boolean;
}

/** Replays the looks for each group of the window and for each other group with an open episode. */
export async function replayGroups(
  { groups, tally, undecided, ...window }: Pick<Window, 'groups' | 'tally' | 'undecided' | 'thresholdsOf'>,
  context: ReplayContext,
  looks: Looks,
  rules: Rules,
): Promise<ReplayedGroups> {
  const { open } = context.state;
  const { thresholdBytes, windowSeconds, realertGrowth, realertAfterSeconds } = rules;
  const { scopes } = context;
  const common = Steps.constant({ bytes: thresholdBytes, exception: null });
  const thresholdsOf = (group: Group | null) => (group ? window.thresholdsOf(group, thresholdBytes) : common);
  const mayBeNew = groups.some((group) => !open.has(group.key) && mayBeLeak(group, thresholdsOf(group)));
  const lastAlerted = mayBeNew ? await context.readLastAlerted() : new Map<string, number>();
  const replayOne = (key: string, group: Group | null, closing: ReplayRules['closing']): ReplayedGroup => {
    const history = { episode: open.get(key) ?? null, lastAlerted: lastAlerted.get(key) ?? null };
    const thresholds = thresholdsOf(group);
    const groupRules = { windowSeconds, realertGrowth, realertAfterSeconds, thresholds, scopes, closing };
    const replayed = replay(group?.cells ?? [], history, looks, groupRules);
    return { key, group, replay: rules.resend ? resend(replayed, looks.now) : replayed };
  };
  const found = new Set(groups.map(({ key }) => key));
  const others = [...open.keys()].filter((key) => !found.has(key));
  const replayAll = (closing: ReplayRules['closing']): Iterable<ReplayedGroup> => {
    const anew: Iterable<ReplayedGroup> = {
      *[Symbol.iterator]() {
        for (const group of groups) yield replayOne(group.key, group, closing);
        for (const key of others) yield replayOne(key, null, closing);
      },
    };
    return groups.length + others.length > MOST_KEPT ? anew : [...anew];
  };
  if (undecided !== null) return { replayed: replayAll('none'), keptOpen: null };
  const replayed = replayAll('all');
  let episodes = 0;
  for (const { replay } of replayed) if (replay.episodes.at(-1)?.closedAt === looks.now) episodes++;
  // A query: it is worth asking whether the collector is alive only when an episode is about to close.
  const age = episodes === 0 ? null : await context.staleness(tally);
  return age === null ? { replayed, keptOpen: null } : { replayed: replayAll('past'), keptOpen: { episodes, age } };
}

/** Is its total over all windows above its threshold of any time? */
export function mayBeLeak({ bytes }: Group, thresholds: Steps<Threshold>): boolean {
  return [Number.NEGATIVE_INFINITY, ...thresholds.changes].some((time) => bytes > thresholds.at(time).bytes);
}
