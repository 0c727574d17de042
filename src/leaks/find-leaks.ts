import { randomBytes } from 'node:crypto';
import type { Leak, Report, Status, Tally } from '../model.ts';
import type { Options } from '../options/options.ts';
import { decide, growthSince, isAlerted } from '../state/decide.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { State, StoredEpisode } from '../state/memory.ts';
import { readWindow, type WindowContext } from '../tally/read-window.ts';
import { describeGroup } from './describe-group.ts';
import { isWatched, watchGroups } from './watch.ts';

/** What one look at the window found. */
export interface Look {
  /** Unix seconds at which the window ended. */
  readonly asOf: number;
  readonly tally: Tally;
  /** Entries of the exclusion lists that nothing fell under. */
  readonly unusedExclusions: readonly string[];
  readonly watched: Report['watched'];
  /** Groups above the threshold, largest first, each with the episode it belongs to. */
  readonly leaks: readonly { readonly leak: Leak; readonly episodeId: string }[];
  /** Alerts to send: those of this look, and those that could not be delivered before. */
  readonly due: readonly DueAlert[];
  /** Open episodes whose total has fallen to half the threshold. */
  readonly over: readonly StoredEpisode[];
}

export interface LookContext extends WindowContext {
  readonly state: State;
  /** The id under which an episode that opens now will be stored. */
  episodeId(groupKey: string, openedAt: number): string;
}

/** Adds up the window that ends at `asOf` (Unix seconds), names the leaks and decides on each. Writes nothing. */
export async function findLeaks(options: Options, context: LookContext, asOf: number): Promise<Look> {
  const { state } = context;
  const threshold = BigInt(options.thresholdBytes);
  const isShown = (bytes: bigint) => bytes > threshold || isWatched(bytes, options);
  // Of the smaller groups, a decision on an open episode only needs to know that they are at or below half of it.
  const isOfUse = (bytes: bigint) => isShown(bytes) || (state.open.size > 0 && bytes * 2n > threshold);
  const window = await readWindow(options, context, asOf, isOfUse);
  const { tally, groups } = window;
  const leaking = groups.filter(({ bytes }) => bytes > threshold);
  const shown = groups.filter(({ bytes }) => isShown(bytes));
  const names = await window.names(shown.flatMap((group) => group.pairs));

  const due = new Map<string, DueAlert>();
  const leaks = leaking.map((group) => {
    const episode = state.open.get(group.key) ?? null;
    // Above the threshold, so the decision is one of the statuses.
    const decision = decide(group, episode, asOf, options) as Status;
    const status = !isAlerted(decision) && episode?.pending ? episode.pending.leak.status : decision;
    const growth = growthSince(episode, group.bytes, asOf);
    const facts = describeGroup(group, options.groupBy, names.of(group.pairs), window.timescale);
    const leak: Leak = { ...facts, status, growth };
    const episodeId = episode?.id ?? context.episodeId(group.key, asOf);
    if (isAlerted(status)) {
      // An alert that was tried before keeps its id, since it may have arrived all the same.
      const alertId = episode?.pending?.alertId ?? randomBytes(8).toString('hex');
      due.set(group.key, { alertId, groupKey: group.key, episodeId, failures: episode?.pending?.failures ?? 0, leak });
    }
    return { leak, episodeId };
  });
  // What could not be delivered stays due, also when its group is no leak any more.
  for (const { groupKey, pending } of state.open.values()) {
    if (pending && !due.has(groupKey)) due.set(groupKey, pending);
  }
  const totals = new Map(groups.map((group) => [group.key, group]));
  const over = [...state.open.values()].filter((episode) => {
    // Only a look at a later time than its last alert can say that it is over; the clock may have been set back.
    if (episode.alerted && episode.alerted.at > asOf) return false;
    const total = totals.get(episode.groupKey) ?? { bytes: 0n, lastSeen: 0 };
    return decide(total, episode, asOf, options) === 'closed';
  });
  return {
    asOf,
    tally,
    watched: options.watchPercent === null ? null : watchGroups(window, names, options),
    unusedExclusions: window.unusedExclusions,
    leaks,
    due: triedLeastFirst([...state.undelivered, ...due.values()]),
    over,
  };
}

/** A receiver that never takes some of the alerts is not to hold up the others for ever. */
function triedLeastFirst(alerts: readonly DueAlert[]): DueAlert[] {
  return [...alerts].sort((a, b) => a.failures - b.failures);
}
