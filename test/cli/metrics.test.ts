import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertEvents } from '../support/builders/events.ts';
import { test } from '../support/command/monitored-runs.ts';
import { readProjectFile, VERSION } from '../support/project.ts';
import { startNodeExporter } from '../support/servers/node-exporter.ts';

test('node_exporter serves what a run found and did', async ({ database, runs }) => {
  const now = await database.now();
  await insertEvents(database, [
    { epoch: now - 50, bytes: 7 },
    { epoch: now - 60, bytes: '5,242,880' },
  ]);
  chmodSync(runs.folder, 0o755);
  const exporter = await startNodeExporter(runs.folder);
  const { code, stderr } = await runs.run();
  const served = await exporter.scrape();
  await exporter.stop();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // The exporter sorts labels by name.
  const of = (name: string, before = '', after = '') =>
    `leaktally_${name}{group_by="source,destination",${before}rule="data-leak"${after}}`;
  const ended = served[of('last_run_timestamp_seconds')] as number;
  expect(served).toEqual({
    node_textfile_scrape_error: 0,
    [of('build_info', '', `,version="${VERSION}"`)]: 1,
    [of('last_run_timestamp_seconds')]: expect.any(Number),
    [of('last_run_duration_seconds')]: expect.any(Number),
    [of('last_run_success')]: 1,
    [of('last_success_timestamp_seconds')]: ended,
    [of('last_run_alerts', 'outcome="sent",')]: 2,
    [of('last_run_alerts', 'outcome="failed",')]: 0,
    [of('alerts_due')]: 0,
    [of('leaks')]: 2,
    [of('events_matched')]: 4,
    [of('events', 'outcome="counted",')]: 3,
    [of('events', 'outcome="excluded",')]: 0,
    [of('events', 'outcome="unreadable",')]: 1,
    [of('newest_event_timestamp_seconds')]: now - 50,
  });
  expect(Math.abs(Date.now() / 1000 - ended)).toBeLessThan(30);
  expect(served[of('last_run_duration_seconds')]).toBeGreaterThan(0);
  expect(served[of('last_run_duration_seconds')]).toBeLessThan(30);
});

test('two rules with one file each are served side by side', async ({ runs }) => {
  chmodSync(runs.folder, 0o755);
  const exporter = await startNodeExporter(runs.folder);
  await runs.run();
  await runs.run('--rule', 'by source', '--group-by', 'source', '--metrics-file', join(runs.folder, 'by-source.prom'));
  const served = await exporter.scrape();
  await exporter.stop();
  expect(served).toMatchObject({
    node_textfile_scrape_error: 0,
    'leaktally_leaks{group_by="source,destination",rule="data-leak"}': 2,
    'leaktally_leaks{group_by="source",rule="by source"}': 1,
  });
});

test('with --no-syslog the report is the alert, and counts as sent', async ({ runs }) => {
  await runs.run('--no-syslog');
  expect(runs.metrics()).toMatchObject({ 'leaktally_last_run_alerts{outcome="sent"}': 2, leaktally_alerts_due: 0 });
});

test.for([['--dry-run'], ['--as-of', '1763950000'], ['--demo'], ['--print-schema'], ['--window', 'soon']])(
  'no metrics with %s',
  async (flags, { runs }) => {
    await runs.run(...flags);
    expect(existsSync(runs.file)).toBe(false);
  },
);

test('every metric that the README names is written', async ({ runs }) => {
  await runs.run();
  const named = new Set(readProjectFile('README.md').match(/\bleaktally_\w+/g));
  expect([...named].sort()).toEqual([
    'leaktally_events_matched',
    'leaktally_last_success_timestamp_seconds',
    'leaktally_newest_event_timestamp_seconds',
  ]);
  expect(Object.keys(runs.metrics())).toEqual(expect.arrayContaining([...named]));
});
