import type { AddressField } from '../../../src/model.ts';
import type { Row } from './group-oracle.ts';
import { CALM, type History, SIZES, type Step } from './histories.ts';
import { ScheduleOracle, type Tallies } from './schedule-oracle.ts';
import { Simulation } from './simulation.ts';

const SLOT_SECONDS = 300;

/**
 * Plays a history with real runs, and has the oracle judge each of them.
 *
 * @throws what the oracle objects to
 */
export async function playHistory({ flags, realertAfter, isExact, groupBy, steps }: History, tallies: Tallies) {
  const simulation = await Simulation.create();
  try {
    const schedules = groupBy.map((fields) => {
      const options = simulation.options({ ...flags, realertAfter, groupBy: fields });
      return {
        options,
        oracle: new ScheduleOracle({ ...options, groupBy: fields.split(',') as AddressField[] }, tallies),
      };
    });
    for (const next of [...steps, CALM]) {
      const { script, statements, both } = next;
      const before = simulation.now;
      simulation.now += next.gapSlots * SLOT_SECONDS + (isExact ? 0 : next.jitter);
      simulation.insert(
        rowsOf(next, before, simulation.now, BigInt(schedules[0]?.options.thresholdBytes ?? 0)),
        next.form,
      );
      for (const { options, oracle } of both ? schedules : schedules.slice(0, 1)) {
        oracle.check(await simulation.run(options, { script, statements }), simulation.rows);
      }
    }
  } finally {
    await simulation.destroy();
  }
}

function rowsOf(step: Step, before: number, now: number, threshold: bigint): Row[] {
  if (!step.isCollecting) return [];
  const sent = step.uploads.map(({ source, destination, size, counts, at }): Row => {
    const epoch = before + 1 + Math.round(at * (now - before - 1));
    return { epoch, source, destination, bytes: SIZES[size](threshold), counts };
  });
  const sign: Row = { epoch: now - 30, source: 'unknown', destination: 'unknown', bytes: 1n, counts: false };
  return [...sent, { ...sign, destination: '203.0.113.9' }];
}
