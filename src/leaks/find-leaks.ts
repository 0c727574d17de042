import type { Group, Leak } from '../model.ts';
import type { Options } from '../options/options.ts';
import { growthSince } from '../state/decide.ts';
import { openGroups } from '../state/memory.ts';
import { groupWithin } from '../tally/group-pairs.ts';
import type { Looks } from '../tally/looks.ts';
import { readWindow, type WindowContext } from '../tally/read-window.ts';
import { decideAlerts } from './decide-alerts.ts';
import { describeGroup } from './describe-group.ts';
import type { Findings } from './findings.ts';
import { GroupLeak } from './group-leak.ts';
import { type ReplayContext, replayGroups } from './replay-groups.ts';
import { isWatched, watchGroups } from './watch.ts';

export type FindingsContext = Omit<WindowContext, 'open'> & ReplayContext;

/** Reads the windows of all looks in one scan, replays them for each group, and summarizes the leaks. Writes nothing. */
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
  const shown = (watched ?? []).flatMap(({ pairs }) => pairs);
  for (const { group, replay } of replayed) {
    if (group && (replay.total.bytes > threshold || replay.episodes.some(({ due }) => due !== null))) {
      for (const pair of group.pairs) shown.push(pair);
    }
  }
  const names = await window.names(shown);
  const describe = ({ group, status, bytes, asOf, episode }: GroupLeak): Leak => {
    const part = within(group, asOf);
    const facts = describeGroup(part, groupBy, names.of(part.pairs), asOf, windowSeconds, context.ipDatabases);
    // V8 puts fields that follow a spread among its long-lived objects, and there may be very many leaks.
    return { status, growth: growthSince(episode, bytes, asOf), ...facts };
  };
  return {
    asOf: looks.now,
    tally,
    unusedExclusions: window.unusedExclusions,
    watched: watched && watchGroups(watched, names, looks.now, options, context.ipDatabases),
    keptOpen,
    namesFailure: undecided ?? names.failure,
    isDecided: undecided === null,
    ...decideAlerts(replayed, state, thresholdBytes, looks.now, (...leak) => new GroupLeak(describe, ...leak)),
  };
}

/** Its total over the last window is no larger than that over all windows. */
function mayBeWatched(bytes: bigint, { watchPercent, thresholdBytes }: Options): boolean {
  return watchPercent !== null && bytes * 100n >= BigInt(thresholdBytes) * BigInt(watchPercent);
}
