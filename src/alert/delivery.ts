import { SyslogError } from '../errors.ts';
import type { DueAlert } from '../state/due-alert.ts';

/** Failures in a row after which the run gives up on the receiver. */
const MAX_FAILURES = 3;
/** With less time left, an alert is not worth trying. */
const SHORTEST_TRY_SECONDS = 0.5;

/** Time in which alerts can be sent. */
interface TimeLimit {
  /** By `performance.now()`. */
  readonly deadline: number;
  /** Kept back to record an alert that was sent. */
  readonly reserveSeconds: number;
}

/**
 * Sends alerts one by one and records each as soon as it is acknowledged: a crash in between repeats one alert and
 * loses none. A failed alert does not hold up the others.
 */
export class Delivery {
  /** The first failure; null when there was none. */
  failure: SyslogError | null = null;
  private failuresInARow = 0;

  constructor(
    private readonly send: (alert: DueAlert, limitSeconds: number) => Promise<void>,
    private readonly record: (alert: DueAlert) => Promise<void>,
    private readonly recordFailure: (alert: DueAlert) => Promise<void>,
    private readonly limit: TimeLimit,
  ) {}

  /**
   * @returns whether the alert was sent and recorded
   * @throws what `record` throws: without records, all further alerts would be repeated
   */
  async deliver(alert: DueAlert): Promise<boolean> {
    if (this.failuresInARow >= MAX_FAILURES) return false;
    // An alert that could not be recorded in time would be repeated by the next run.
    const seconds = (this.limit.deadline - performance.now()) / 1000 - this.limit.reserveSeconds;
    if (seconds < SHORTEST_TRY_SECONDS) return false;
    try {
      await this.send(alert, seconds);
    } catch (error) {
      if (!(error instanceof SyslogError)) throw error;
      this.failure ??= error;
      this.failuresInARow++;
      await this.recordFailure(alert);
      return false;
    }
    this.failuresInARow = 0;
    await this.record(alert);
    return true;
  }
}
