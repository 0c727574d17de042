import { SyslogError } from '../errors.ts';

/**
 * Sends alerts one after the other and records each as soon as it is acknowledged: a crash in between repeats one
 * alert and loses none.
 *
 * @returns for each alert whether it was sent, and the first failure
 * @throws what `record` throws: without a record, every further alert would be repeated
 */
export async function deliver<A>(
  alerts: readonly A[],
  send: (alert: A) => Promise<void>,
  record: (alert: A) => Promise<void>,
): Promise<{ sent: ReadonlySet<A>; failure: SyslogError | null }> {
  const sent = new Set<A>();
  let failure: SyslogError | null = null;
  for (const alert of alerts) {
    try {
      await send(alert);
    } catch (error) {
      if (!(error instanceof SyslogError)) throw error;
      failure ??= error;
      continue;
    }
    await record(alert);
    sent.add(alert);
  }
  return { sent, failure };
}
