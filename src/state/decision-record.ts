import type { DueAlert } from './due-alert.ts';
import type { State } from './memory.ts';
import type { ClosedEpisode, EpisodeRecord } from './rows.ts';

/** All that a run decided. */
export interface DecisionRecord {
  readonly changed: readonly EpisodeRecord[];
  readonly closed: readonly ClosedEpisode[];
  readonly due: readonly DueAlert[];
  readonly isDecided: boolean;
  /** Unix seconds of the run's last look. */
  readonly now: number;
  /** The state with its future times moved back to now, which a later run could not tell any more; null when none is. */
  readonly clamped: State | null;
}

/** Groups the ids of episodes by the time (Unix seconds) at which they closed. */
export function idsByClosing(closed: readonly ClosedEpisode[]): Map<number, string[]> {
  const byTime = new Map<number, string[]>();
  for (const { id, closedAt } of closed) {
    const ids = byTime.get(closedAt);
    if (ids) ids.push(id);
    else byTime.set(closedAt, [id]);
  }
  return byTime;
}
