import { plural } from '../../util/text.ts';
import { formatRoughly } from '../../util/units.ts';
import { type Check, type Finding, ok, warn } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { addressLiteral, eventsTable } from '../words.ts';
import type { EventSeries } from './event-series.ts';
import { policyEvents } from './policy.ts';
import { type Distances, PERIOD_SECONDS, usualDistance } from './usual-distance.ts';

const ADVICE =
  'a steady upload should give a row every five minutes. If the collector writes one row for several periods (a report that runs less often, alarms that are held back), every total is too small. Compare the rows of a pair:';

/** A row that stands for several periods of five minutes, but has the bytes of one, makes every total too small. */
export const periods: Check = {
  name: 'events.periods',
  title: 'Distance of events',
  lane: 'events',
  needs: [policyEvents],
  limit: 'rest of the run',
  run: async (context) => {
    const distances = usualDistance((await context.scan()).series);
    if (!distances) return ok('too few events to tell how far those of a pair are apart');
    const { count, usual, shortest, pauses } = distances;
    const detail = `usually ${length(usual)} between two events of a pair (of ${plural(count, 'distance')})`;
    if (shortest > 1) return explain(context, `${detail}, hardly ever less than ${length(shortest)}`, distances);
    if (!pauses) return ok(detail);
    const found = `${plural(pauses.count, 'pause')} of ${length(pauses.length)} inside steady streams`;
    return explain(context, `${detail}, but ${found}`, distances);
  },
};

function length(periods: number): string {
  return formatRoughly(periods * PERIOD_SECONDS);
}

async function explain(context: CheckContext, detail: string, { example }: Distances): Promise<Finding> {
  return warn(detail, ADVICE, [await statement(context, example)]);
}

async function statement(context: CheckContext, { source, destination }: EventSeries): Promise<string> {
  const from = (await context.asOf()) - context.options.windowSeconds;
  const pair = [
    `violator_address = ${addressLiteral(source, context)}`,
    `destination_address = ${addressLiteral(destination, context)}`,
  ];
  return `select epoch, message from ${await eventsTable('alm_bulletin_board_data', context)} where epoch >= ${from} and ${pair.join(' and ')} order by epoch;`;
}
