import { expect, test } from 'vitest';
import { POLICY } from '../support/oracle/histories.ts';
import { CALMLY, type Faults, type RunOutcome, Simulation } from '../support/oracle/simulation.ts';
import type { Verdict } from '../support/receivers/scripted-receiver.ts';

// A run that catches up with four leaks, two of which are over, and dies; then one that lives.

const SLOT = 300;
const HOUR = 3600;
const DESTINATIONS = ['203.0.113.9', '198.51.100.7'];
const NEVER = Number.POSITIVE_INFINITY;

interface Ending {
  readonly killed: RunOutcome;
  readonly after: RunOutcome;
}

async function killedThenWhole(faults: Faults, syslog = true): Promise<Ending> {
  return Simulation.with(async (simulation) => {
    const options = simulation.options({ threshold: '100', window: '1h', ...(syslog ? {} : { syslog: false }) });
    await simulation.run(options, CALMLY);
    const since = simulation.now;
    simulation.now += 5 * HOUR;
    const event = { source: '10.1.1.5', bytes: 150n, policy: POLICY };
    simulation.insert(
      DESTINATIONS.flatMap((destination, index) => [
        { ...event, destination, epoch: since + HOUR + index },
        { ...event, destination, epoch: simulation.now - 60 - index },
      ]),
    );
    const killed = await simulation.run(options, faults);
    simulation.now += SLOT;
    return { killed, after: await simulation.run(options, CALMLY) };
  });
}

function records(...runs: readonly RunOutcome[]) {
  const texts = runs.flatMap(({ connections }) => connections.map(({ bytes }) => bytes.toString('utf8')));
  return texts.filter((text) => text !== '');
}

const idOf = (record: string) => /Alert: (\w+)/.exec(record)?.[1];

/** None is lost, at most one is repeated, and under its id. */
function expectAllAlerts({ killed, after }: Ending): void {
  const heard = records(killed, after);
  expect(after.error).toBeNull();
  expect(new Set(heard.map(idOf)).size).toBe(4);
  expect(heard.length).toBeLessThanOrEqual(5);
  expect(after.episodes.every(({ pending_alert, alerted_at }) => pending_alert === null && alerted_at !== null)).toBe(
    true,
  );
}

test('killed before any of its statements: none is lost, at most one is repeated', async () => {
  for (let statements = 1; ; statements++) {
    const ending = await killedThenWhole({ script: [], statements });
    if (!ending.killed.isKilled) return expect(statements).toBeGreaterThan(10);
    expectAllAlerts(ending);
    // All that it decided is stored, or nothing.
    const { episodes, evaluatedUntil, now } = ending.killed;
    expect(episodes).toHaveLength(evaluatedUntil === now ? 4 : 0);
  }
});

test.for(['die-before', 'die-after'] as const)('killed at any of its records (%s)', async (death) => {
  for (const before of [0, 1, 2, 3]) {
    const script: Verdict[] = [...Array.from({ length: before }, () => 'acknowledge' as const), death];
    const ending = await killedThenWhole({ script, statements: NEVER });
    expect(ending.killed.connections).toHaveLength(before + 1);
    expect(records(ending.killed)).toHaveLength(death === 'die-after' ? before + 1 : before);
    expectAllAlerts(ending);
  }
});

test('without a receiver, the report of a killed run comes again whole, or not at all', async () => {
  for (let statements = 1; ; statements++) {
    const { killed, after } = await killedThenWhole({ script: [], statements }, false);
    const alerted = (run: RunOutcome) => (run.stdout.match(/"status": "(new|grown|repeat)"/g) ?? []).length;
    if (!killed.isKilled) return expect([alerted(killed), alerted(after)]).toEqual([4, 0]);
    // What is recorded was printed before.
    if (isRecorded(killed)) expect(alerted(killed)).toBe(4);
    expect([0, 4]).toContain(alerted(killed));
    expect(alerted(after)).toBe(isRecorded(killed) ? 0 : 4);
  }
});

test('without a receiver, a report that could not be printed comes with the next run', async () => {
  const { killed, after } = await killedThenWhole({ script: [], statements: NEVER, isStdoutBroken: true }, false);
  expect(String(killed.error)).toContain('EPIPE');
  expect(isRecorded(killed)).toBe(false);
  expect(after.stdout.match(/"status": "new"/g)).toHaveLength(4);
});

function isRecorded({ episodes }: RunOutcome): boolean {
  return episodes.length === 4 && episodes.every(({ pending_alert }) => pending_alert === null);
}
