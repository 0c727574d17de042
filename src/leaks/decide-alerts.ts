import { randomBytes } from 'node:crypto';
import { compareBytes, type Group, type Leak, type Status } from '../model.ts';
import { coverageOf, type DueAlert } from '../state/due-alert.ts';
import type { State, StoredEpisode } from '../state/memory.ts';
import type { DueLook, ReplayedEpisode } from '../state/replay.ts';
import type { ClosedEpisode, EpisodeRecord } from '../state/rows.ts';
import type { Decisions, FoundLeak } from './findings.ts';
import type { ReplayedGroup } from './replay-groups.ts';

/** Describes a group over the window that ends at this time (Unix seconds). */
export type DescribeLeak = (group: Group, at: number, status: Status, stored: StoredEpisode | null) => Leak;

/**
 * Collects the results of all groups' replays.
 *
 * @param now Unix seconds of the last look
 */
export function decideAlerts(
  replayed: readonly ReplayedGroup[],
  state: State,
  thresholdBytes: number,
  now: number,
  describe: DescribeLeak,
): Decisions {
  const leaks: FoundLeak[] = [];
  const changed: EpisodeRecord[] = [];
  const closed: ClosedEpisode[] = [];
  const waiting: DueAlert[] = [...state.undelivered];
  const isOpen = new Set<string>();
  for (const { group, replay } of replayed) {
    const ids = replay.episodes.map((episode) => episode.stored?.id ?? newEpisodeId());
    const last = replay.episodes.at(-1);
    const lastId = last?.closedAt === null ? (ids.at(-1) as string) : null;
    if (lastId) isOpen.add(lastId);
    const leak =
      group && replay.total.bytes > thresholdBytes
        ? describe(group, now, replay.decision as Status, last?.stored ?? null)
        : null;
    if (leak) leaks.push({ leak, episodeId: lastId });
    for (const [index, episode] of replay.episodes.entries()) {
      const { stored, openedAt, closedAt, due } = episode;
      const alert = due && group ? dueAlert(group, episode, due, ids[index] as string, leak, describe) : null;
      if (alert) changed.push({ stored, openedAt, closedAt, alert });
      else if (stored && closedAt !== null) closed.push({ id: stored.id, closedAt });
      if (!alert && stored?.pending) waiting.push(stored.pending);
    }
  }
  leaks.sort((a, b) => compareBytes(a.leak, b.leak));
  const due = sendingOrder([...waiting, ...changed.map(({ alert }) => alert)], isOpen);
  return { leaks, due, changed, closed };
}

function dueAlert(
  group: Group,
  { stored }: ReplayedEpisode,
  due: DueLook,
  episodeId: string,
  current: Leak | null,
  describe: DescribeLeak,
): DueAlert {
  const { pending = null } = stored ?? {};
  const { status, at, bytes } = due;
  // Its look may belong to an earlier run, whose events were not read again.
  const leak =
    pending?.leak.asOf === at && pending.leak.bytes === bytes
      ? withStatus(pending.leak, status)
      : current?.asOf === at
        ? withStatus(current, status)
        : describe(group, at, status, stored);
  const covers = coverageOf({ leak });
  return {
    // An alert that was tried before keeps its id, since it may have arrived all the same.
    alertId: pending?.alertId ?? randomBytes(8).toString('hex'),
    groupKey: group.key,
    episodeId,
    failures: pending?.failures ?? 0,
    leak,
    ...(due.covers.at === covers.at && due.covers.newest === covers.newest ? {} : { covers: due.covers }),
  };
}

function withStatus(leak: Leak, status: Status): Leak {
  return leak.status === status ? leak : { ...leak, status };
}

/** Random, so that no two episodes ever share one, whatever the clock did. */
function newEpisodeId(): string {
  return randomBytes(32).toString('hex');
}

/**
 * Sorts alerts by the number of failed tries, since a receiver that never takes some of them must not hold up the others;
 * then open episodes come first, then the largest totals.
 */
function sendingOrder(alerts: readonly DueAlert[], isOpen: ReadonlySet<string>): DueAlert[] {
  const rank = ({ episodeId }: DueAlert) => (isOpen.has(episodeId) ? 0 : 1);
  return [...alerts].sort((a, b) => a.failures - b.failures || rank(a) - rank(b) || compareBytes(a.leak, b.leak));
}
