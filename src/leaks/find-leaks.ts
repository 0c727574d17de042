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
  /** Exclusion entries that matched nothing. */
  readonly unusedExclusions: readonly string[];
  readonly watched: Report['watched'];
  /** Groups above the threshold, largest first, each with its episode. */
  readonly leaks: readonly { readonly leak: Leak; readonly episodeId: string }[];
  /** Alerts to send: new ones, and those that could not be delivered before. */
  readonly due: readonly DueAlert[];
  /** Open episodes whose total has fallen to half the threshold. */
  readonly over: readonly StoredEpisode[];
}

export interface LookContext extends WindowContext {
  readonly state: State;
  /** Returns the id for an episode that opens now. */
  episodeId(groupKey: string, openedAt: number): string;
}

/** Finds the leaks in the window that ends at `asOf` (Unix seconds) and decides on each. Writes nothing. */
export async function findLeaks(options: Options, context: LookContext, asOf: number): Promise<Look> {
  const { state } = context;
  const threshold = BigInt(options.thresholdBytes);
  const isShown = (bytes: bigint) => bytes > threshold || isWatched(bytes, options);
  // At or below half the threshold an open episode closes, whatever the total, so those groups are dropped.
  const isNeeded = (bytes: bigint) => isShown(bytes) || (state.open.size > 0 && bytes * 2n > threshold);
  const window = await readWindow(options, context, asOf, isNeeded);
  const { tally, groups } = window;
  const leaking = groups.filter(({ bytes }) => bytes > threshold);
  const shown = groups.filter(({ bytes }) => isShown(bytes));
  const names = await window.names(shown.flatMap((group) => group.pairs));

  const due = new Map<string, DueAlert>();
  const leaks = leaking.map((group) => {
    const episode = state.open.get(group.key) ?? null;
    // Groups above the threshold are never `below` or `closed`.
    const decision = decide(group, episode, asOf, options) as Status;
    const status = !isAlerted(decision) && episode?.pending ? episode.pending.leak.status : decision;
    const growth = growthSince(episode, group.bytes, asOf);
    const facts = describeGroup(group, options.groupBy, names.of(group.pairs), window.timescale);
    const leak: Leak = { ...facts, status, growth };
    const episodeId = episode?.id ?? context.episodeId(group.key, asOf);
    if (isAlerted(status)) {
      // A retried alert keeps its id, since it may have arrived after all.
      const alertId = episode?.pending?.alertId ?? randomBytes(8).toString('hex');
      due.set(group.key, { alertId, groupKey: group.key, episodeId, failures: episode?.pending?.failures ?? 0, leak });
    }
    return { leak, episodeId };
  });
  // An undelivered alert stays due even when its group is no longer a leak.
  for (const { groupKey, pending } of state.open.values()) {
    if (pending && !due.has(groupKey)) due.set(groupKey, pending);
  }
  const totals = new Map(groups.map((group) => [group.key, group]));
  const over = [...state.open.values()].filter((episode) => {
    // The clock may have been set back: a window that ends before the last alert cannot close the episode.
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
    due: fewestFailuresFirst([...state.undelivered, ...due.values()]),
    over,
  };
}

/** Alerts that the receiver never accepts must not hold up the others for ever. */
function fewestFailuresFirst(alerts: readonly DueAlert[]): DueAlert[] {
  return [...alerts].sort((a, b) => a.failures - b.failures);
}
