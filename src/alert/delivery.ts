import { SyslogError } from '../errors.ts';

/** Failures in a row after which the run gives up on the receiver. */
const MAX_FAILURES = 3;

/**
 * Sends alerts one by one and records each as soon as it is acknowledged: a crash in between repeats one alert and
 * loses none. A failed alert does not hold up the others.
 */
export class Delivery<A> {
  /** The first failure; null when there was none. */
  failure: SyslogError | null = null;
  private failuresInARow = 0;

  constructor(
    private readonly send: (alert: A) => Promise<void>,
    private readonly record: (alert: A) => Promise<void>,
    private readonly recordFailure: (alert: A) => Promise<void>,
  ) {}

  /**
   * @returns whether the alert was sent and recorded
   * @throws what `record` throws: without records, all further alerts would be repeated
   */
  async deliver(alert: A): Promise<boolean> {
    if (this.failuresInARow >= MAX_FAILURES) return false;
    try {
      await this.send(alert);
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
