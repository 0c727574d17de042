import { SyslogError } from '../errors.ts';

/** A receiver that failed this often in a row is taken for dead until the next run. */
const MAX_FAILURES = 3;

/**
 * Sends alerts one after the other and records each as soon as it is acknowledged: a crash in between repeats one
 * alert and loses none. One alert that fails does not hold up the others.
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
   * @throws what `record` throws: without a record, every further alert would be repeated
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
