import type { Group, Status } from '../model.ts';
import type { Options } from '../options/options.ts';
import { growthSince } from '../state/decide.ts';
import { openGroups, type StoredEpisode } from '../state/memory.ts';
import { groupWithin } from '../tally/group-pairs.ts';
import type { Looks } from '../tally/looks.ts';
import { readWindow, type WindowContext } from '../tally/read-window.ts';
import { decideAlerts } from './decide-alerts.ts';
import { describeGroup } from './describe-group.ts';
import type { Findings } from './findings.ts';
import { type ReplayContext, replayGroups } from './replay-groups.ts';
import { isWatched, watchGroups } from './watch.ts';

export type FindingsContext = Omit<WindowContext, 'open'> & ReplayContext;

/** Reads the windows of all looks in one scan, replays them for each group, and describes the leaks. Writes nothing. */
export async function findLeaks(options: Options, context: FindingsContext, looks: Looks): Promise<Findings> {
  const { state } = context;
  const { windowSeconds, groupBy, thresholdBytes } = options;
  const threshold = BigInt(thresholdBytes);
  // Of the smaller groups, an open episode only needs to know that they are at or below half of the threshold.
  const isWanted = (bytes: bigint) =>
    bytes > threshold || mayBeWatched(bytes, options) || (state.open.size > 0 && bytes * 2n > threshold);
  const window = await readWindow(options, { ...context, open: openGroups(state, groupBy) }, looks, isWanted);
  const { groups, tally, undecided } = window;
  const { replayed, keptOpen } = await replayGroups(window, context, looks, options);

  const within = (group: Group, at: number) => (looks.count === 1 ? group : groupWithin(group, at - windowSeconds, at));
  const watched =
    options.watchPercent === null
      ? null
      : groups.map((group) => within(group, looks.now)).filter(({ bytes }) => isWatched(bytes, options));
  const alerted = replayed.filter(
    ({ replay }) => replay.total.bytes > threshold || replay.episodes.some(({ due }) => due !== null),
  );
  const names = await window.names([
    ...alerted.flatMap(({ group }) => group?.pairs ?? []),
    ...(watched ?? []).flatMap(({ pairs }) => pairs),
  ]);
  const describe = (group: Group, at: number, status: Status, stored: StoredEpisode | null) => {
    const part = within(group, at);
    const facts = describeGroup(part, groupBy, names.of(part.pairs), at, windowSeconds);
    return { ...facts, status, growth: growthSince(stored, facts.bytes, at) };
  };
  return {
    asOf: looks.now,
    tally,
    unusedExclusions: window.unusedExclusions,
    watched: watched && watchGroups(watched, names, looks.now, options),
    keptOpen,
    namesFailure: undecided ?? names.failure,
    isDecided: undecided === null,
    ...decideAlerts(replayed, state, thresholdBytes, looks.now, describe),
  };
}

/** Its total over the last window is no larger than that over all windows. */
function mayBeWatched(bytes: bigint, { watchPercent, thresholdBytes }: Options): boolean {
  return watchPercent !== null && bytes * 100n >= BigInt(thresholdBytes) * BigInt(watchPercent);
}
