import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertEvents, insertOtherEvent } from '../support/builders/events.ts';
import { type MonitoredRuns, test } from '../support/command/monitored-runs.ts';
import { emptyFolder } from '../support/folders.ts';
import { readProjectFile } from '../support/project.ts';
import { PROMTOOL } from '../support/servers/install.ts';
import { parseSamples } from '../support/servers/node-exporter.ts';

const folder = emptyFolder();
const rules = join(folder, 'rules.yml');
writeFileSync(rules, /^```yaml\n(groups:[\s\S]*?)^```$/m.exec(readProjectFile('README.md'))?.[1] ?? '');

const NO_EVENT = ['--policy', 'Renamed'] as const;
const SECONDS_OF_NEWEST = 600;

/** Samples of the metrics file by series, with times as seconds since the run; none when no run has written it. */
function samplesOf(runs: MonitoredRuns | null): Record<string, number> {
  if (runs === null) return {};
  const samples = parseSamples(readFileSync(runs.file, 'utf8'));
  const [, endedAt = 0] =
    Object.entries(samples).find(([series]) => series.startsWith('leaktally_last_run_timestamp_seconds')) ?? [];
  const entries = Object.entries(samples).map(([series, value]): [string, number] => [
    series,
    series.includes('_timestamp_seconds') ? value - endedAt : value,
  ]);
  return Object.fromEntries(entries);
}

/** The README's alerts that fire at this time if nothing is written any more, by Prometheus' own rule tests. */
function firing(samples: Record<string, number>, minutesLater: number): string[] {
  const alerts = ['LeaktallyStopped', 'LeaktallyBlind'];
  const file = join(folder, 'test.yml');
  return alerts.filter((alertname) => {
    const test = {
      interval: '1m',
      input_series: Object.entries(samples).map(([series, value]) => ({
        series,
        values: `${value}+0x${minutesLater}`,
      })),
      // Expects silence, so that the test passes unless the alert fires.
      alert_rule_test: [{ eval_time: `${minutesLater}m`, alertname, exp_alerts: [] }],
    };
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [test] }));
    const { status, stdout, stderr } = spawnSync(PROMTOOL.binary, ['test', 'rules', file], { encoding: 'utf8' });
    const output = stdout + stderr;
    if (status !== 0 && !/exp:\[\s*\],[\s\S]*got:\[/.test(output)) throw new Error(output);
    return status !== 0;
  });
}

test("Prometheus takes the README's rules as they are", () => {
  expect(execFileSync(PROMTOOL.binary, ['check', 'rules', rules], { encoding: 'utf8' })).toContain('2 rules found');
});

test('they are silent after a run that found events, and fire when no other run succeeds, and as the events age', async ({
  runs,
}) => {
  await runs.run();
  const samples = samplesOf(runs);
  expect(firing(samples, 29)).toEqual([]);
  expect(firing(samples, 32)).toEqual(['LeaktallyStopped']);
  expect(firing(samples, 121 - SECONDS_OF_NEWEST / 60)).toEqual(['LeaktallyStopped', 'LeaktallyBlind']);
});

test.for([
  ['in no run so far', []],
  ['any more', [[]]],
] as const)('they fire at once when there is no event of the policy %s', async ([, before], { database, runs }) => {
  await insertOtherEvent(database, 60);
  for (const args of before) await runs.run(...args);
  expect((await runs.run(...NO_EVENT)).code).toBe(0);
  expect(firing(samplesOf(runs), 1)).toEqual(['LeaktallyBlind']);
});

test('the newest event that was ever found is kept while there is none', async ({ database, runs }) => {
  const newest = (await database.now()) - 60;
  await insertEvents(database, [{ epoch: newest, bytes: 1 }]);
  await runs.run();
  await runs.run(...NO_EVENT);
  expect(runs.metrics()).toMatchObject({
    leaktally_events_matched: 0,
    leaktally_newest_event_timestamp_seconds: newest,
  });
});

test('they fire when --fail-if-stale fails, since no run succeeds and no event is found', async ({
  database,
  runs,
}) => {
  await insertOtherEvent(database, 60);
  await runs.run();
  expect((await runs.run(...NO_EVENT, '--fail-if-stale', '1h')).code).toBe(1);
  expect(firing(samplesOf(runs), 1)).toEqual(['LeaktallyBlind']);
  expect(firing(samplesOf(runs), 32)).toEqual(['LeaktallyStopped', 'LeaktallyBlind']);
});

test('they fire when no run has ever succeeded', async ({ runs }) => {
  expect((await runs.run('--database', 'mysql://root@127.0.0.1:1/plixer')).code).toBe(1);
  expect(firing(samplesOf(runs), 1)).toEqual(['LeaktallyStopped']);
});

test('they fire when no run has ever written metrics', () => {
  expect(firing(samplesOf(null), 1)).toEqual(['LeaktallyStopped']);
});
