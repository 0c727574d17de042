import { randomBytes } from 'node:crypto';
import { compareBytes, type Group, type LeakSummary, type Status } from '../model.ts';
import { isLeak } from '../state/decide.ts';
import type { DueAlert } from '../state/due-alert.ts';
import type { State, StoredEpisode } from '../state/memory.ts';
import type { DueLook, ReplayedEpisode } from '../state/replay.ts';
import type { ClosedEpisode, EpisodeRecord } from '../state/rows.ts';
import type { Decisions, FoundLeak } from './findings.ts';
import type { ReplayedGroup } from './replay-groups.ts';

/** Summarizes a group that is a leak with this total, at this time (Unix seconds). */
export type SummarizeLeak = (
  group: Group,
  status: Status,
  bytes: bigint,
  asOf: number,
  stored: StoredEpisode | null,
) => LeakSummary;

/**
 * Collects the results of all groups' replays.
 *
 * @param now Unix seconds of the last look
 */
export function decideAlerts(
  replayed: Iterable<ReplayedGroup>,
  state: State,
  now: number,
  summarize: SummarizeLeak,
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
    const { decision, total } = replay;
    const leak = group && isLeak(decision) ? summarize(group, decision, total.bytes, now, last?.stored ?? null) : null;
    if (leak) leaks.push({ leak, episodeId: lastId });
    for (const [index, episode] of replay.episodes.entries()) {
      const { stored, openedAt, closedAt, due } = episode;
      const alert = due && group ? dueAlert(group, episode, due, ids[index] as string, leak, summarize) : null;
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
  current: LeakSummary | null,
  summarize: SummarizeLeak,
): DueAlert {
  const { pending = null } = stored ?? {};
  const { status, at, bytes } = due;
  // Its look may belong to an earlier run, whose events were not read again.
  const leak =
    pending?.leak.asOf === at && pending.leak.bytes === bytes
      ? withStatus(pending.leak, status)
      : current?.asOf === at && current.status === status
        ? current
        : summarize(group, status, bytes, at, stored);
  return {
    // An alert that was tried before keeps its id, since it may have arrived all the same.
    alertId: pending?.alertId ?? randomBytes(8).toString('hex'),
    groupKey: group.key,
    episodeId,
    failures: pending?.failures ?? 0,
    leak,
    covers: due.covers,
  };
}

function withStatus(leak: LeakSummary, status: Status): LeakSummary {
  if (leak.status === status) return leak;
  const { bytes, asOf } = leak;
  return { status, bytes, asOf, describe: () => ({ ...leak.describe(), status }) };
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
