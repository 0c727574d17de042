import type { Group, Tally } from '../model.ts';
import type { State } from '../state/memory.ts';
import { type Replay, type ReplayRules, replay } from '../state/replay.ts';
import type { Looks } from '../tally/looks.ts';
import type { Window } from '../tally/read-window.ts';
import type { KeptOpen } from './findings.ts';

/** What a replay needs besides the groups and their events. */
export interface ReplayContext {
  readonly state: State;
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
  /** Replayed anew each time that they are iterated: there may be very many, most of which are soon forgotten. */
  readonly replayed: Iterable<ReplayedGroup>;
  readonly keptOpen: KeptOpen | null;
}

type Rules = Omit<ReplayRules, 'closing'>;

/** Replays the looks for each group of the window and for each other group with an open episode. */
export async function replayGroups(
  { groups, tally, undecided }: Pick<Window, 'groups' | 'tally' | 'undecided'>,
  context: ReplayContext,
  looks: Looks,
  rules: Rules,
): Promise<ReplayedGroups> {
  const { open } = context.state;
  const mayBeNew = groups.some(({ key, bytes }) => bytes > rules.thresholdBytes && !open.has(key));
  const lastAlerted = mayBeNew ? await context.readLastAlerted() : new Map<string, number>();
  const replayOne = (key: string, group: Group | null, rules: ReplayRules): ReplayedGroup => {
    const history = { episode: open.get(key) ?? null, lastAlerted: lastAlerted.get(key) ?? null };
    return { key, group, replay: replay(group?.cells ?? [], history, looks, rules) };
  };
  const found = new Set(groups.map(({ key }) => key));
  const others = [...open.keys()].filter((key) => !found.has(key));
  const replayAll = (closing: ReplayRules['closing']): Iterable<ReplayedGroup> => ({
    *[Symbol.iterator]() {
      const replayRules = { ...rules, closing };
      for (const group of groups) yield replayOne(group.key, group, replayRules);
      for (const key of others) yield replayOne(key, null, replayRules);
    },
  });
  if (undecided !== null) return { replayed: replayAll('none'), keptOpen: null };
  const replayed = replayAll('all');
  let episodes = 0;
  for (const { replay } of replayed) if (replay.episodes.at(-1)?.closedAt === looks.now) episodes++;
  // A query: it is worth asking whether the collector is alive only when an episode is about to close.
  const age = episodes === 0 ? null : await context.staleness(tally);
  return age === null ? { replayed, keptOpen: null } : { replayed: replayAll('past'), keptOpen: { episodes, age } };
}
