import type { Group, Leak, Pair } from '../model.ts';
import type { Options } from '../options/options.ts';
import { growthSince, isLeak } from '../state/decide.ts';
import { openGroups } from '../state/memory.ts';
import { groupWithin } from '../tally/group-pairs.ts';
import type { Looks } from '../tally/looks.ts';
import { type IsWanted, readWindow, type WindowContext } from '../tally/read-window.ts';
import { crossedAt } from './crossed-at.ts';
import { decideAlerts } from './decide-alerts.ts';
import { describeGroup } from './describe-group.ts';
import type { Findings } from './findings.ts';
import { GroupLeak } from './group-leak.ts';
import { type ReplayContext, type ReplayedGroup, replayGroups } from './replay-groups.ts';
import { isNear, isWatched, type NearGroup, watchGroups } from './watch.ts';

export type FindingsContext = Omit<WindowContext, 'open'> & ReplayContext;

/** Reads the windows of all looks in one scan, replays them for each group, and summarizes the leaks. Writes nothing. */
export async function findLeaks(options: Options, context: FindingsContext, looks: Looks): Promise<Findings> {
  const { state } = context;
  const { windowSeconds, groupBy, thresholdBytes, watchPercent } = options;
  const isWanted: IsWanted = (bytes, ownThreshold) => {
    const least = BigInt(ownThreshold === null ? thresholdBytes : Math.min(thresholdBytes, ownThreshold));
    // Of the smaller groups, an open episode only needs to know that they are at or below half of the threshold.
    return bytes > least || isNear(bytes, least, watchPercent) || (state.open.size > 0 && bytes * 2n > least);
  };
  const window = await readWindow(options, { ...context, open: openGroups(state, groupBy) }, looks, isWanted);
  const { groups, tally, undecided } = window;
  const { replayed, keptOpen } = await replayGroups(window, context, looks, options);

  const within = (group: Group, at: number) => (looks.count === 1 ? group : groupWithin(group, at - windowSeconds, at));
  const thresholdAt = (group: Group, at: number) => window.thresholdsOf(group, thresholdBytes).at(at).bytes;
  const watched =
    watchPercent === null
      ? null
      : groups
          .map((group) => ({ group: within(group, looks.now), thresholdBytes: thresholdAt(group, looks.now) }))
          .filter((near) => isWatched(near.group.bytes, near.thresholdBytes, watchPercent));
  const shown = pairsToShow(watched ?? [], replayed);
  // Leaks are described late: a damaged file has to stop the run before anything is sent.
  for (const { source, destination } of shown) {
    context.ipDatabases.factsOf(destination);
    if (!groupBy.includes('source')) context.ipDatabases.factsOf(source);
  }
  const names = await window.names(shown);
  const describe = ({ group, status, bytes, asOf, episode }: GroupLeak): Leak => {
    const part = within(group, asOf);
    const facts = describeGroup(part, groupBy, names.of(part.pairs), asOf, windowSeconds, context.ipDatabases);
    const growth = growthSince(episode, { bytes, scope: context.scopes.at(asOf) }, asOf);
    const threshold = thresholdAt(group, asOf);
    const crossed = crossedAt(part.cells, threshold);
    // V8 puts fields that follow a spread among its long-lived objects, and there may be very many leaks.
    return { status, thresholdBytes: threshold, growth, crossedAt: crossed, ...facts };
  };
  return {
    asOf: looks.now,
    tally,
    unusedExceptions: window.unusedExceptions,
    watched: watched && watchGroups(watched, names, looks.now, options, context.ipDatabases),
    keptOpen,
    namesFailure: undecided ?? names.failure,
    isDecided: undecided === null,
    ...decideAlerts(replayed, state, looks.now, (...leak) => new GroupLeak(describe, ...leak)),
  };
}

/** The pairs of watched groups, and of those that are leaks now or have an alert that is due. */
function pairsToShow(watched: readonly NearGroup[], replayed: Iterable<ReplayedGroup>): Pair[] {
  const shown = watched.flatMap(({ group }) => group.pairs);
  for (const { group, replay } of replayed) {
    if (group && (isLeak(replay.decision) || replay.episodes.some(({ due }) => due !== null))) {
      for (const pair of group.pairs) shown.push(pair);
    }
  }
  return shown;
}
