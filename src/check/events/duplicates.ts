import prettyBytes from 'pretty-bytes';
import { formatAddress } from '../../util/address.ts';
import { plural } from '../../util/text.ts';
import { formatTime } from '../../util/units.ts';
import { type Check, ok, warn } from '../check.ts';
import { addressLiteral, eventsTable, share } from '../words.ts';
import type { EventSeries } from './event-series.ts';
import { policyEvents } from './policy.ts';
import type { WindowScan } from './window-scan.ts';

/** Rows that stand twice count twice. */
export const duplicates: Check = {
  name: 'events.duplicates',
  title: 'Rows that stand twice',
  lane: 'events',
  needs: [policyEvents],
  limit: 'rest of the run',
  run: async (context) => {
    const events = await context.scan();
    const { rows, bytes, example } = findDuplicates(events);
    if (!example) return ok(`none of ${plural(events.remembered, 'event')}`);
    const { series, epoch } = example;
    const where = [
      `epoch = ${epoch}`,
      `violator_address = ${addressLiteral(series.source, context)}`,
      `destination_address = ${addressLiteral(series.destination, context)}`,
    ];
    return warn(
      `${share(rows, events.remembered, 'events')} repeat another one with the same addresses, time and bytes; they add ${prettyBytes(bytes)}. For example ${formatAddress(series.source)} to ${formatAddress(series.destination)} at ${formatTime(epoch)}, ${example.times} times`,
      'totals are too large: is the report scheduled twice, do two exporters see the same traffic, or does a view join rows? Look at them:',
      [`select * from ${await eventsTable('alm_bulletin_board_data', context)} where ${where.join(' and ')};`],
    );
  },
};

interface Duplicates {
  /** Those beyond the first of their kind. */
  readonly rows: number;
  readonly bytes: bigint;
  readonly example: { readonly series: EventSeries; readonly epoch: number; readonly times: number } | null;
}

function findDuplicates(events: WindowScan): Duplicates {
  let rows = 0;
  let total = 0n;
  let example: Duplicates['example'] = null;
  for (const series of events.series) {
    // Of what has no address, nobody knows whether it is the same.
    if (series.source === '' || series.destination === '') continue;
    series.forEachRepeated((epoch, bytes, times) => {
      rows += times - 1;
      total += BigInt(bytes) * BigInt(times - 1);
      example ??= { series, epoch, times };
    });
  }
  return { rows, bytes: total, example };
}
