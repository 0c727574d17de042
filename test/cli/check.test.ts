import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseChecks } from '../support/command/check-report.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { linesOf, parseCsv } from '../support/command/output.ts';
import { emptyFolder } from '../support/folders.ts';

test('the demo has a check, which warns of the one count that cannot be read', async () => {
  const { code, stdout, stderr } = await leaktally(['--demo', '--check']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^⚠ Byte counts +1 of 105 messages/m);
  expect(stdout).toMatch(/\n\n26 ok, 1 warning, 0 failed\n$/);
  const prose = linesOf(stdout).filter((line) => !line.startsWith('    '));
  for (const line of prose) expect(line.length).toBeLessThanOrEqual(80);
});

test('each format has the same points in the same order', async () => {
  const points = parseChecks(await leaktally(['--demo', '--check', '--format', 'json']));
  const rows = parseCsv((await leaktally(['--demo', '--check', '--format', 'csv'])).stdout);
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(points));
  expect(rows.find(({ name }) => name === 'events.readable')).toMatchObject({
    status: 'warn',
    advice: points['events.readable']?.advice,
  });
});

test('--quiet prints only when something is not ok', async () => {
  const args = ['--demo', '--check', '--quiet'];
  expect(await leaktally([...args, '--window', '2h'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect((await leaktally(args)).stdout).toContain('1 warning');
});

test('where each setting came from is shown, and a .env that is passed over is warned of', async () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, '.env'), 'LEAKTALLY_WINDOW=2h\n', { mode: 0o600 });
  const env = { LEAKTALLY_TAG: 'OTHER' };
  const args = ['--demo', '--check', '--format', 'json'];
  const found = parseChecks(await leaktally(args, { cwd, env }));
  expect(found['settings.origins']).toMatchObject({
    status: 'ok',
    detail:
      'from .env: LEAKTALLY_WINDOW\nfrom environment: LEAKTALLY_TAG\nfrom command line: --check, --format, --demo',
  });
  const folder = emptyFolder();
  writeFileSync(join(folder, '.env'), 'LEAKTALLY_WINDOW=2h\n', { mode: 0o644 });
  const { stdout } = await leaktally(args, { cwd: folder });
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; advice: string }[] };
  expect(checks[0]).toMatchObject({
    name: 'settings.origins',
    status: 'warn',
    advice: expect.stringContaining('.env is passed over'),
  });
});

test('the check answers one question, and writes neither page nor metrics', async () => {
  const together = await leaktally(['--demo', '--check', '--explain', '10.1.1.5', '--html', 'page.html']);
  expect(together).toMatchObject({ code: 2, stdout: '' });
  expect(together.stderr).toMatch(/--check cannot be combined[\s\S]*use one of them/);
  const cwd = emptyFolder();
  const env = { LEAKTALLY_HTML: 'page.html', LEAKTALLY_METRICS_FILE: 'metrics.prom' };
  expect((await leaktally(['--demo', '--check'], { cwd, env })).code).toBe(0);
  for (const file of ['page.html', 'metrics.prom']) expect(existsSync(join(cwd, file))).toBe(false);
});
