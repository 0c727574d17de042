import { expect } from 'vitest';
import type { Options } from '../../../src/options/options.ts';
import { allowedLines, type Line, readLine } from './exceptions.ts';
import { CALM, type History, OTHER_POLICY, POLICY, SIZES, type Step } from './histories.ts';
import { checkError, readReport, reportedLeaks, ScheduleOracle, systemText, type Tallies } from './schedule-oracle.ts';
import { Simulation } from './simulation.ts';
import type { Row } from './world.ts';

const SLOT_SECONDS = 300;
/** Two hours before midnight, when exceptions end. */
const START = 1_764_021_600;

/** Options for the command, and their exceptions as the oracle reads them. */
type Setting = Options & { readonly lines: readonly Line[] };

/**
 * Plays a history with real runs, and has the oracle judge each of them.
 *
 * @throws what the oracle objects to
 */
export async function playHistory({ options, isExact, groupBy, steps }: History, tallies: Tallies) {
  await Simulation.with(async (simulation) => {
    simulation.now = START;
    const schedules = groupBy.map((fields) => ({
      settings: options.map(({ exceptions, ...flags }, index): Setting => {
        const allowed = allowedLines(exceptions, fields);
        const file = simulation.writeFile(`exceptions-${fields}-${index}.txt`, allowed.join('\n'));
        const excluded = [
          ...flags.excludeDomain.map((domain) => `domain ${domain}`),
          ...flags.excludeAs.map((as) => `as ${as.replace('AS', '')}`),
        ];
        return {
          ...simulation.options({ ...flags, groupBy: fields, exceptions: file }),
          lines: [...excluded, ...allowed].map(readLine),
        };
      }),
      oracle: new ScheduleOracle(tallies),
    }));
    // Where the clock was set back at last, time has to pass before a run does anything.
    const setBacks = steps.reduce((sum, { setBack }) => sum + setBack, 0);
    const calm = [{ ...CALM, gapSlots: Math.ceil(setBacks / SLOT_SECONDS) + 1 }, CALM];
    for (const next of [...steps, ...calm]) {
      const before = simulation.now;
      simulation.now += next.gapSlots * SLOT_SECONDS + (isExact ? 0 : next.jitter) - next.setBack;
      const threshold = BigInt(schedules[0]?.settings[0]?.thresholdBytes ?? 0);
      simulation.insert(rowsOf(next, before, simulation.now, threshold), next.form);
      if (next.deletes > 0) simulation.delete(({ id }) => id % next.deletes === 0);
      for (const [index, name] of next.lookups.entries()) {
        // No two names of the same second: which of them is newer would be anybody's guess.
        simulation.lookUp({ ...name, lastSeen: simulation.now - index });
      }
      for (const { settings, oracle } of next.both ? schedules : schedules.slice(0, 1)) {
        const setting = settings[next.options] ?? (settings[0] as Setting);
        if (next.isPreviewed) await checkPreviews(simulation, setting, oracle, tallies);
        const run = await simulation.run(setting, next);
        oracle.check(run, simulation, setting, simulation.written);
      }
    }
    for (const { oracle } of schedules) oracle.checkNothingDue();
  });
}

/** What a dry run and explanations say is what the run at the same second does. */
async function checkPreviews(simulation: Simulation, options: Setting, oracle: ScheduleOracle, tallies: Tallies) {
  const { behind, leaks, episodes, decisions } = oracle.judge(simulation.now, simulation, options);
  const sending = behind > 0 ? [] : episodes.filter(({ due }) => due !== null);
  const preview = await simulation.run({ ...options, dryRun: true });
  checkError(preview, simulation, options);
  expect(preview.connections).toEqual([]);
  const { shownLeaks } = readReport(preview.stdout);
  if (behind === 0) expect(shownLeaks).toEqual(reportedLeaks(leaks, sending, () => 'would-send'));
  else for (const leak of shownLeaks) expect(leak).toMatch(/ none$/);
  tallies.previews = (tallies.previews ?? 0) + sending.length;
  if (behind > 0) return;
  for (const source of ['10.1.1.5', '2001:db8::1f', 'unknown']) {
    const { groupBy } = options;
    if (groupBy[0] !== 'source') return;
    const explained = await simulation.run(simulation.explaining(options, source));
    checkError(explained, simulation, options);
    const { groups } = JSON.parse(explained.stdout) as { groups: ExplainedText[] };
    const said = groups.map(({ decision, isDue, ...group }) => [
      groupBy.map((field) => (field === 'as' ? systemText(group) : group[field])).join(' '),
      { decision, isDue },
    ]);
    const isOfSource = (group: string) => group.split(' ')[0] === source;
    for (const group of new Set([...decisions.keys(), ...sending.map(({ group }) => group)])) {
      const done = { decision: decisions.get(group) ?? 'below', isDue: sending.some((one) => one.group === group) };
      if (!isOfSource(group) || (done.decision === 'below' && !done.isDue)) continue;
      expect(said, `${group} is explained`).toContainEqual([group, done]);
    }
    for (const [group, { isDue }] of said as [string, { isDue: boolean }][]) {
      expect(isDue, `${group} is due`).toBe(sending.some((one) => one.group === group));
    }
  }
}

interface ExplainedText {
  readonly source: string | null;
  readonly destination: string | null;
  readonly domain: string | null;
  readonly as: { readonly number: number } | null;
  readonly destinations?: { readonly top: readonly { readonly address: string }[] };
  readonly decision: string;
  readonly isDue: boolean;
}

function rowsOf(step: Step, before: number, now: number, threshold: bigint): Omit<Row, 'id'>[] {
  if (!step.isCollecting) return [];
  const since = Math.max(SLOT_SECONDS, now - before) - 1;
  const sent = step.uploads.map(({ source, destination, size, counts, at }) => ({
    ...{ source, destination, bytes: SIZES[size](threshold) },
    epoch: now - since + Math.round(at * since),
    policy: counts ? POLICY : OTHER_POLICY,
  }));
  const sign = { source: 'unknown', destination: '203.0.113.9', bytes: 1n, policy: OTHER_POLICY };
  const isWrong = step.hasMilliseconds ? [{ ...sign, epoch: now * 1000, bytes: threshold * 3n, policy: POLICY }] : [];
  return [...sent, { ...sign, epoch: now - 30 }, ...isWrong];
}
