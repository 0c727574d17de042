import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allowedLines } from '../support/oracle/exceptions.ts';
import { OTHER_POLICY, POLICY } from '../support/oracle/histories.ts';
import { readReport } from '../support/oracle/schedule-oracle.ts';
import { CALMLY, type RunOutcome, Simulation } from '../support/oracle/simulation.ts';

// One gap, what-if questions and runs every five minutes come to the same, where an event of some kind comes every
// 15 minutes and names do not change.

const SLOT = 300;
const HOUR = 3600;
const THRESHOLD = 100;
/** Exceptions end at midnight: the gap, and most windows, begin before that. */
const AFTER_MIDNIGHT = Date.parse('2025-11-24T00:33:20Z') / 1000;

interface Upload {
  readonly source: string;
  readonly destination: string;
  /** Seconds before the end. */
  readonly ago: number;
  readonly bytes: number;
}

const uploads = (longestAgo: number) =>
  fc.array(
    fc.record(
      {
        source: fc.constantFrom('10.1.1.5', '10.1.1.5', '2001:db8::1f'),
        destination: fc.constantFrom('203.0.113.9', '203.0.113.9', '198.51.100.7'),
        // Slots, to the second, are where windows begin and end.
        ago: fc.oneof(
          fc.integer({ min: 0, max: longestAgo }),
          fc.integer({ min: 0, max: longestAgo / SLOT }).map((slots) => slots * SLOT),
        ),
        bytes: fc.constantFrom(1, 20, 49, 50, 51, 80, 100, 101, 202, 500),
      },
      { noNullPrototype: true },
    ),
    { minLength: 3, maxLength: 25, size: 'max' },
  );

const rules = fc.record(
  {
    window: fc.constantFrom('15s', '20m', '1h', '3700s'),
    realertGrowth: fc.constantFrom('1', '1.5', '2', '1000'),
    realertAfter: fc.constantFrom('10m', '1h', '90d'),
    groupBy: fc.constantFrom('source,destination', 'source', 'destination', 'source,domain', 'source,as', 'as'),
    // Some of them end in the middle of the gap.
    exceptions: fc.oneof(
      fc.constant([]),
      fc.uniqueArray(
        fc.constantFrom(
          ...['203.0.113.9 until 2025-11-23', '203.0.113.9 above 20 until 2025-11-23', 'alpha.net above 300'],
          ...[
            'source 2001:db8::/32 above 200 until 2025-11-23',
            'source 10.1.1.5 above 50',
            'alpha.net until 2025-11-23',
          ],
          ...['198.51.100.7 until 2025-11-23', '198.51.100.0/24 above 300 until 2025-11-24', '198.51.100.7'],
          ...['as 64496 until 2025-11-23', 'as AS64496 above 200', 'as 64511 above 20 until 2025-11-23'],
        ),
        { minLength: 1, maxLength: 4 },
      ),
    ),
  },
  { noNullPrototype: true },
);

/** Writes the rows of all time at once: a run sees those up to its own. */
function write(simulation: Simulation, end: number, events: readonly Upload[], signsFrom: number): void {
  const sign = { source: 'unknown', destination: '203.0.113.9', bytes: 1n, policy: OTHER_POLICY };
  const signs = Array.from({ length: Math.ceil((end - signsFrom) / 900) + 1 }, (_, index) => ({
    ...sign,
    epoch: signsFrom + index * 900,
  }));
  const rows = events.map(({ ago, bytes, ...pair }) => ({
    ...pair,
    ...{ epoch: end - ago, bytes: BigInt(bytes), policy: POLICY },
  }));
  simulation.insert([...signs, ...rows]);
  simulation.lookUp({ source: '10.1.1.5', destination: '203.0.113.9', fqdn: 'www.alpha.net', lastSeen: end });
}

type Rules = Omit<Parameters<Simulation['options']>[0], 'exceptions'> & { readonly exceptions: readonly string[] };

async function runAt(simulation: Simulation, at: number, flags: Rules) {
  simulation.now = at;
  const run = await simulation.run(optionsOf(simulation, { threshold: `${THRESHOLD}`, ...flags }), CALMLY);
  expect(run.error).toBeNull();
  return run;
}

/** Options with the exceptions in a file. */
function optionsOf(simulation: Simulation, { exceptions, ...flags }: Rules) {
  const lines = allowedLines(exceptions, String(flags.groupBy));
  return simulation.options({ ...flags, exceptions: simulation.writeFile('exceptions.txt', lines.join('\n')) });
}

/** The lines of a report: its group, look, bytes, events, first and last seen, status and alert. */
function leaksOf(run: RunOutcome) {
  return readReport(run.stdout).shownLeaks.map((line) => {
    const fields = line.split(' ');
    const [at, bytes, , , , status = '', alert] = fields.slice(-7);
    return { group: fields.slice(0, -7).join(' '), at: Number(at), bytes: Number(bytes), status, alert };
  });
}

test('--what-if counts what runs every five minutes from an empty state alert', async () => {
  await fc.assert(
    fc.asyncProperty(uploads(2 * HOUR + 2 * SLOT), rules, (events, flags) =>
      Simulation.with(async (simulation) => {
        const end = AFTER_MIDNIGHT;
        simulation.now = end;
        write(simulation, end, events, end - 3 * HOUR);
        const whatIf = { ...optionsOf(simulation, flags), dryRun: true, whatIf: [50, THRESHOLD] };
        const answer = JSON.parse((await simulation.run(whatIf)).stdout);
        const seconds = whatIf.windowSeconds;
        for (const [index, threshold] of ['50', `${THRESHOLD}`].entries()) {
          const counts = { new: 0, grown: 0, repeat: 0 };
          let leaks = 0;
          const times = Array.from({ length: Math.max(1, Math.floor(seconds / SLOT)) }, (_, look) => {
            return look + 1 >= Math.floor(seconds / SLOT) ? end : end - seconds + (look + 1) * SLOT;
          });
          for (const time of times) {
            const run = await runAt(simulation, time, { ...flags, threshold, rule: threshold, syslog: false });
            const found = leaksOf(run);
            for (const { status } of found) if (status in counts) counts[status as keyof typeof counts]++;
            leaks = found.length;
          }
          const alerts = counts.new + counts.grown + counts.repeat;
          expect(answer.whatIf[index]).toEqual({ thresholdBytes: Number(threshold), leaks, alerts, ...counts });
        }
      }),
    ),
    { numRuns: 12 },
  );
});

test('a gap alerts the episodes that runs every five minutes alert, each once, with its largest total', async () => {
  await fc.assert(
    fc.asyncProperty(uploads(4 * HOUR), rules, fc.integer({ min: 0, max: 40 * SLOT }), (events, flags, gap) =>
      Simulation.with(async (simulation) => {
        const end = AFTER_MIDNIGHT;
        simulation.now = end;
        write(simulation, end, events, end - 6 * HOUR);
        const since = end - gap;
        const [often, once] = [
          { ...flags, rule: 'often' },
          { ...flags, rule: 'once' },
        ];
        // Both remember the same when the gap begins.
        for (const rule of [often, once]) {
          await runAt(simulation, since - 2 * SLOT, rule);
          await runAt(simulation, since, rule);
        }
        const totals = new Map<string, Total[]>();
        let last = await runAt(simulation, gap < 2 * SLOT ? end : since + SLOT, often);
        noteTotals(totals, last);
        for (let time = since + 2 * SLOT; time <= end - SLOT; time += SLOT) {
          last = await runAt(simulation, time, often);
          noteTotals(totals, last);
        }
        if (last.now !== end) {
          last = await runAt(simulation, end, often);
          noteTotals(totals, last);
        }
        const caughtUp = await runAt(simulation, end, once);
        expect(episodesOf(caughtUp)).toEqual(episodesOf(last));
        const alerted = leaksOf(caughtUp).filter(({ alert }) => alert === 'sent');
        expect(alerted.map(({ group, at, bytes }) => `${group} ${bytes} at ${at}`).sort()).toEqual(
          Array.from(totals.values(), (episode) => largest(episode, end)).sort(),
        );
        expect(caughtUp.connections).toHaveLength(totals.size);
      }),
    ),
    { numRuns: 25 },
  );
});

interface Total {
  readonly group: string;
  readonly bytes: number;
  readonly at: number;
}

/** Notes the totals of each episode from its first alert on. */
function noteTotals(totals: Map<string, Total[]>, run: RunOutcome): void {
  for (const { group, bytes, alert } of leaksOf(run)) {
    const episode = run.episodes.find(({ group_key, closed_at }) => group_key === group && closed_at === null);
    const key = `${group} ${episode?.opened_at}`;
    if (alert === 'sent' && !totals.has(key)) totals.set(key, []);
    if (episode) totals.get(key)?.push({ group, bytes, at: run.now });
  }
}

/** Of equal totals that of the end, else the first. */
function largest(totals: readonly Total[], end: number): string {
  const bytes = Math.max(...totals.map((total) => total.bytes));
  const equal = totals.filter((total) => total.bytes === bytes);
  const { group, at } = (equal.find((total) => total.at === end) ?? equal[0]) as Total;
  return `${group} ${bytes} at ${at}`;
}

function episodesOf({ episodes }: RunOutcome): string[] {
  return episodes.map(({ group_key, opened_at, closed_at }) => `${group_key} ${opened_at}-${closed_at}`).sort();
}
