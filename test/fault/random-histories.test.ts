import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EDGES, histories, POLICY } from '../support/oracle/histories.ts';
import { playHistory } from '../support/oracle/play-history.ts';
import type { Tallies } from '../support/oracle/schedule-oracle.ts';
import { type RunOutcome, Simulation } from '../support/oracle/simulation.ts';
import type { Verdict } from '../support/receivers/scripted-receiver.ts';

// A history is 20 to 30 runs of one schedule and some of a second one. More of them:
// MODEL_HISTORIES=500 npx vitest run --config test/vitest.config.ts test/fault/random-histories.test.ts
const DEFAULT_HISTORIES = 18;
const { MODEL_HISTORIES = DEFAULT_HISTORIES, MODEL_SEED, MODEL_PATH } = process.env;
const HISTORIES = Number(MODEL_HISTORIES);

test(
  'every crossing is alerted, and nothing more than the rules allow, whatever dies, fails or is missed',
  async () => {
    const tallies: Tallies = {};
    await fc.assert(
      fc.asyncProperty(histories, (history) => playHistory(history, tallies)),
      {
        numRuns: HISTORIES,
        examples: EDGES.map((history): [typeof history] => [history]),
        endOnFailure: true,
        // What a failure prints repeats it.
        ...(MODEL_SEED && { seed: Number(MODEL_SEED) }),
        ...(MODEL_PATH && { path: MODEL_PATH }),
      },
    );
    // Random histories prove something only when all of this happens in them.
    if (HISTORIES < DEFAULT_HISTORIES || MODEL_PATH) return;
    for (const what of [
      'new',
      'grown',
      'repeat',
      'known',
      'kills',
      'failures',
      'repeats',
      'catch-ups',
      'previews',
      'set-backs',
    ])
      expect(tallies).toHaveProperty(what);
  },
  60_000 + HISTORIES * 10_000,
);

// What random histories leave out, or would stumble over each time.

const MB = 1_000_000n;

/** A run `minutes` after the last one, before which rows were written; their epochs are given in minutes ago. */
function runAfter(
  simulation: Simulation,
  minutes: number,
  uploads: readonly { minutesAgo: number; bytes: bigint; destination?: string }[],
  script: readonly Verdict[] = [],
): Promise<RunOutcome> {
  simulation.now += minutes * 60;
  const rows = uploads.map(({ minutesAgo, bytes, destination = '203.0.113.9' }) => ({
    ...{ epoch: simulation.now - minutesAgo * 60, source: '10.1.1.5', destination, bytes, policy: POLICY },
  }));
  simulation.insert(rows, 0);
  return simulation.run(simulation.options({ window: '1h' }), { script, statements: Number.POSITIVE_INFINITY });
}

test('bytes that are written after a newer event was alerted are new bytes all the same', () =>
  Simulation.with(async (simulation) => {
    await runAfter(simulation, 5, [{ minutesAgo: 1, bytes: 101n * MB }]);
    const { connections, stdout } = await runAfter(simulation, 5, [{ minutesAgo: 8, bytes: 200n * MB }]);
    expect(stdout).toContain('"bytes": 301000000');
    expect(stdout).toContain('"status": "grown"');
    expect(connections).toHaveLength(1);
  }));

test('leaks are sorted by bytes, also those that are over', () =>
  Simulation.with(async (simulation) => {
    await runAfter(simulation, 5, []);
    const { stdout } = await runAfter(simulation, 180, [
      { minutesAgo: 120, bytes: 500n * MB },
      { minutesAgo: 1, bytes: 101n * MB, destination: '198.51.100.7' },
    ]);
    expect(Array.from(stdout.matchAll(/^ {6}"bytes": (\d+)/gm), ([, bytes]) => bytes)).toEqual([
      '500000000',
      '101000000',
    ]);
  }));
