/** Seconds between two runs of a schedule, and between two reports of the collector. */
const RUN_INTERVAL_SECONDS = 300;

/**
 * Times (Unix seconds) at which the window is evaluated: those of the runs every five minutes that were missed since the
 * last completed one, and now. A missed run less than five minutes ago is not evaluated on its own.
 */
export class Looks {
  readonly count: number;
  private readonly since: number;

  /** @param since time up to which the rule was evaluated; null to look at now only */
  constructor(
    since: number | null,
    readonly now: number,
  ) {
    this.since = since ?? now;
    this.count = Math.max(1, Math.floor((now - this.since) / RUN_INTERVAL_SECONDS));
  }

  get first(): number {
    return this.time(0);
  }

  /** @param index from 0 to `count - 1`, which is now */
  time(index: number): number {
    return index >= this.count - 1 ? this.now : this.since + (index + 1) * RUN_INTERVAL_SECONDS;
  }

  /** @returns the index of the first look at or after this time; `count` when there is none */
  indexFrom(time: number): number {
    if (time > this.now) return this.count;
    return Math.min(this.count - 1, Math.max(0, Math.ceil((time - this.since) / RUN_INTERVAL_SECONDS) - 1));
  }
}
