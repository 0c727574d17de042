import type { Group, Leak, LeakSummary, Status } from '../model.ts';
import type { StoredEpisode } from '../state/memory.ts';

/** A group that was a leak in the window that ended at `asOf`. */
export class GroupLeak implements LeakSummary {
  /**
   * @param describer describes this leak
   * @param episode as it is stored; null without one
   */
  constructor(
    private readonly describer: (leak: GroupLeak) => Leak,
    readonly group: Group,
    readonly status: Status,
    readonly bytes: bigint,
    readonly asOf: number,
    readonly episode: StoredEpisode | null,
  ) {}

  describe(): Leak {
    return this.describer(this);
  }
}
