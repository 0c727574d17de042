import { AS_OF, WINDOW_SECONDS } from './data.ts';
import type { Run } from './measure.ts';
import type { Scan } from './scan.ts';

/** Pairs whose query is measured in each run; all of them would take minutes. */
export const SAMPLED_PAIRS = 4;

// The window's sign is put right; inet6_ntoa stands for Scrutinizer's own inet_b2a.
const EVENTS = `from alm_bulletin_board_data
  where message like '%Exceeded 5 MB in 5%' and epoch between ${AS_OF - WINDOW_SECONDS} and ${AS_OF}`;

/**
 * The original script's method: one statement finds the pairs, then one more for each pair reads its messages. The
 * time is that of the first statement plus, for every pair, the mean over a few of them.
 */
export function originalMethod({ database: { connection }, pairs }: Scan): Run {
  let next = 0;
  return async () => {
    const started = performance.now();
    const [found] = await connection.query(
      `select inet6_ntoa(violator_address) as source, inet6_ntoa(destination_address) as destination ${EVENTS}
       group by violator_address, destination_address`,
    );
    const foundAt = performance.now();
    for (let sampled = 0; sampled < SAMPLED_PAIRS; sampled++) {
      const { source, destination } = (found as { source: string; destination: string }[])[next++ % pairs] ?? {};
      await connection.query(
        `select message ${EVENTS} and inet6_ntoa(violator_address) = ? and inet6_ntoa(destination_address) = ?`,
        [source, destination],
      );
    }
    const secondsPerPair = (performance.now() - foundAt) / 1000 / SAMPLED_PAIRS;
    return { seconds: (foundAt - started) / 1000 + secondsPerPair * pairs, peakMiB: 0 };
  };
}
