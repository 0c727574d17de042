import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runOn } from '../support/command/leaktally.ts';
import { test } from '../support/command/monitored-runs.ts';
import { linesOf } from '../support/command/output.ts';
import { NOBODY_LISTENS } from '../support/receivers/receiver.ts';

test('everyone can read the file, whatever the umask; nothing else is left in the folder', async ({ runs }) => {
  const before = process.umask(0o077);
  await runs.run().finally(() => process.umask(before));
  expect(statSync(runs.file).mode & 0o777).toBe(0o644);
  expect(readdirSync(runs.folder)).toEqual(['leaktally.prom']);
});

test('a reader sees a whole file at every moment', async ({ runs }) => {
  await runs.run('--quiet');
  const fiveRuns = (async () => {
    for (let count = 0; count < 5; count++) await runs.run('--quiet');
  })();
  let isOver = false;
  void fiveRuns.finally(() => {
    isOver = true;
  });
  const seen = new Set<string>();
  while (!isOver) {
    for (let count = 0; count < 200; count++) seen.add(readFileSync(runs.file, 'utf8'));
    await new Promise(setImmediate);
  }
  await fiveRuns;
  expect(seen.size).toBeGreaterThan(3);
  for (const text of seen)
    expect(text).toMatch(/^# HELP leaktally_build_info [\s\S]*\nleaktally_newest_event_\S+ \d+\n$/);
});

test.for([
  ["another program's", '# HELP backup_ok Backup.\n# TYPE backup_ok gauge\nbackup_ok 1\n'],
  ['damaged', 'leaktally_last_success_timestamp_seconds{rule="data-leak",group_by="source,destination"} '],
  ["another rule's", 'leaktally_last_success_timestamp_seconds{rule="x",group_by="source,destination"} 1763950000\n'],
] as const)('a file that is %s holds no last success, and is replaced', async ([, text], { runs }) => {
  writeFileSync(runs.file, text);
  expect((await runs.run('--syslog', NOBODY_LISTENS)).code).toBe(1);
  expect(runs.metrics()).toMatchObject({
    leaktally_last_run_success: 0,
    leaktally_last_success_timestamp_seconds: 0,
    leaktally_leaks: 2,
  });
  expect(readFileSync(runs.file, 'utf8')).not.toMatch(/backup_ok|rule="x"/);
});

test.for([
  ['in a folder that is missing', 'missing/leaktally.prom'],
  ['under a file', 'file/leaktally.prom'],
  ['a folder', 'folder.prom'],
  ['a link', 'link.prom'],
] as const)(
  'metrics that cannot be written (%s): one line and exit code 1, after all alerts are sent',
  async ([, name], { database, receiver, runs }) => {
    writeFileSync(join(runs.folder, 'file'), '');
    mkdirSync(join(runs.folder, 'folder.prom'));
    symlinkSync('/dev/null', join(runs.folder, 'link.prom'));
    const path = join(runs.folder, name);
    const before = readdirSync(runs.folder);
    const { code, stdout, stderr } = await runs.run('--metrics-file', path, '--exit-code', '7');
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual([expect.stringContaining(`metrics file ${path} cannot be written`)]);
    expect(stdout).toContain('2 leaks above 100 MB');
    expect(receiver.records()).toHaveLength(2);
    expect(readdirSync(runs.folder)).toEqual(before);
    expect((await runOn(database, ['--no-syslog'])).stdout).toMatch(/2 known/);
  },
);

test('metrics that cannot be written do not hide why the run failed', async ({ runs }) => {
  const { code, stderr } = await runs.run(
    '--metrics-file',
    join(runs.folder, 'missing', 'x.prom'),
    '--syslog',
    NOBODY_LISTENS,
  );
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining('still due'), expect.stringContaining('metrics file')]);
});
