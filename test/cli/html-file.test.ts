import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { insertName, insertOtherEvent } from '../support/builders/events.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { test as base } from '../support/command/monitored-runs.ts';
import { linesOf } from '../support/command/output.ts';
import { parsePage } from '../support/command/parse-page.ts';
import { alertIds } from '../support/receivers/parse-alert.ts';
import { NOBODY_LISTENS } from '../support/receivers/receiver.ts';

const test = base
  .extend('file', ({ runs }) => join(runs.folder, 'leaks.html'))
  .extend('page', ({ file }) => () => {
    return parsePage(readFileSync(file, 'utf8'));
  })
  .extend('runWithPage', ({ runs, file }) => async (...more: string[]) => {
    return runs.run('--html', file, ...more);
  });

test('the page is written in addition to the report, for its owner only, and nothing else is left in the folder', async ({
  runs,
  file,
  page,
  receiver,
  runWithPage,
}) => {
  const before = process.umask(0);
  const { code, stdout, stderr } = await runWithPage().finally(() => process.umask(before));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('2 leaks above 100 MB; 2 alerts sent');
  expect(page().headings[0]).toBe('2 leaks above 100 MB');
  expect(page().text).toContain('120 MB new alerted');
  expect(page().text).toMatch(/^\s*leaktally \S+, rule data-leak, MySQL\/MariaDB database \w+ at /);
  // Whoever has the record finds the card.
  const ids = alertIds(receiver.records());
  expect(
    page()
      .skeleton.filter((line) => line.startsWith('article'))
      .sort(),
  ).toEqual(ids.map((id) => `article id="alert-${id}"`).sort());
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(runs.folder).sort()).toEqual(['leaks.html', 'leaktally.prom']);
});

test('an existing page keeps its mode and group', async ({ file, page, runWithPage }) => {
  writeFileSync(file, 'yesterday');
  chmodSync(file, 0o640);
  if (process.getuid?.() === 0) chownSync(file, 0, 65534);
  const { gid } = statSync(file);
  expect((await runWithPage()).code).toBe(0);
  expect(statSync(file)).toMatchObject({ mode: 0o100640, gid });
  expect(page().headings[0]).toBe('2 leaks above 100 MB');
});

test.for([['--dry-run'], ['--as-of', '1763950000'], ['--demo'], ['--no-syslog'], ['--fail-if-stale', '5m']])(
  'also with %s',
  async (flags, { page, runWithPage }) => {
    await runWithPage(...flags);
    expect(page().facts.Rule).toEqual(['data-leak']);
    expect(page().text.includes('dry run')).toBe(!['--no-syslog', '--fail-if-stale'].includes(flags[0] as string));
  },
);

test('--quiet without news prints nothing and still writes it', async ({ runs, page, runWithPage }) => {
  await runs.run();
  expect(await runWithPage('--quiet')).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  expect(page().text).toContain('120 MB known not alerted again');
});

test('a leak has passed the threshold when --explain says so', async ({ file, page }) => {
  const explain = await leaktally(['--demo', '--explain', '10.1.1.5,203.0.113.9']);
  expect(explain.stdout).toContain('Crossed     2025-11-24 01:30:50 UTC, above 100 MB since then');
  await leaktally(['--demo', '--html', file]);
  expect(page().text).toContain('1.7 x the threshold, above 100 MB since 01:30 UTC');
  expect(page().text).not.toContain('alert-');
});

test('without a leak the page says whether there is data', async ({ database, page, runWithPage }) => {
  await runWithPage('--threshold', '1TB');
  expect(page().text).toContain('The data is alive: the newest event is from');
  await runWithPage('--policy', 'Renamed', '--rule', 'other');
  expect(page().text).toMatch(/The data is alive.*No event in the window is of the policy "Renamed"/);
  await database.query(`delete from ${database.schema}alm_bulletin_board_data`);
  await insertOtherEvent(database, 3 * 3600);
  const { code } = await runWithPage('--fail-if-stale', '1h', '--rule', 'another');
  expect(code).toBe(1);
  expect(page().text).toMatch(/The data may have stopped: .*, 3 h before the end of the window\./);
});

test('host names do not become markup of the page', async ({ database, page, runWithPage }) => {
  const name = '</li><script>alert(1)</script>';
  await insertName(database, '10.1.1.5', '198.18.0.0', name, (await database.now()) - 600);
  await runWithPage();
  expect(page().text).toContain(name);
  expect(page().skeleton.join()).not.toContain('script');
});

test('alerts that could not be sent are shown as such', async ({ page, runWithPage }) => {
  expect((await runWithPage('--syslog', NOBODY_LISTENS)).code).toBe(1);
  expect(page().text).toContain('2 alerts not sent');
});

test('a run without a report leaves the last page alone', async ({ file, runWithPage }) => {
  writeFileSync(file, 'yesterday');
  expect((await runWithPage('--database', 'mysql://root@127.0.0.1:1/plixer')).code).toBe(1);
  expect((await runWithPage('--print-schema')).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('yesterday');
});

test('a run that finds another one under way writes no page', async ({ runs, file }) => {
  const second = await runs.runBesideAnother('--html', file);
  expect(second).toMatchObject({ code: 0, stdout: '' });
  expect(second.stderr).toMatch(/under way/);
  expect(existsSync(file)).toBe(false);
});

test.for<[string, string, string[]]>([
  ['in a folder that is missing', 'missing/leaks.html', []],
  ['under a file', 'file/leaks.html', []],
  ['a folder', 'folder', []],
  ['a link', 'link', []],
  ['and the report is the alert', 'missing/leaks.html', ['--no-syslog']],
])(
  'a page that cannot be written (%s): one line and exit code 1, and no alert is lost or repeated',
  async ([, name, flags], { receiver, runs }) => {
    writeFileSync(join(runs.folder, 'file'), '');
    mkdirSync(join(runs.folder, 'folder'));
    symlinkSync('/dev/null', join(runs.folder, 'link'));
    const path = join(runs.folder, name);
    const before = readdirSync(runs.folder);
    const { code, stdout, stderr } = await runs.run('--html', path, '--exit-code', '7', ...flags);
    expect(code).toBe(1);
    expect(linesOf(stderr)).toEqual([expect.stringMatching(`page ${path} cannot be written \\(.+\\); check the path`)]);
    expect(stdout).toContain('2 leaks above 100 MB');
    expect(receiver.records()).toHaveLength(flags.length > 0 ? 0 : 2);
    expect(readdirSync(runs.folder).sort()).toEqual([...before, 'leaktally.prom'].sort());
    expect(runs.metrics()).toMatchObject({
      leaktally_last_run_success: 0,
      'leaktally_last_run_alerts{outcome="sent"}': 2,
    });
    expect((await runs.run()).stdout).toMatch(/2 known/);
  },
);

test('a page that cannot be written does not hide why the run failed', async ({ runs }) => {
  const { code, stderr } = await runs.run('--html', join(runs.folder, 'missing', 'x.html'), '--syslog', NOBODY_LISTENS);
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([
    expect.stringContaining('x.html cannot be written'),
    expect.stringContaining('still due'),
  ]);
});
