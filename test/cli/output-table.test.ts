import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { AS_OF, insertEvents, insertName, MB } from '../support/builders/events.ts';
import { leaktally, runOn } from '../support/command/leaktally.ts';
import { parsePage } from '../support/command/parse-page.ts';
import { test as base } from '../support/fixtures.ts';
import { emptyFolder } from '../support/folders.ts';

const ESCAPE = '\x1b';
const COLOURS = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');

const wide = (end: number) => `2001:db8:1111:2222:3333:4444:5555:600${end}`;

const test = base.extend('tableOf', ({ sharedDatabase }) => async (...args: string[]) => {
  const { code, stdout } = await runOn(sharedDatabase, ['--as-of', `${AS_OF}`, ...args]);
  expect(code).toBe(0);
  return stdout;
});
test.beforeAll(async ({ sharedDatabase }) => {
  await insertEvents(sharedDatabase, [
    { epoch: AS_OF - 60, source: wide(1), destination: wide(2), bytes: 9_007_199_254_740_991n },
    { epoch: AS_OF - 50, source: '10.0.0.1', destination: '203.0.113.1', bytes: 70 * MB },
    { epoch: AS_OF - 40, source: '10.0.0.1', destination: '203.0.113.2', bytes: 30 * MB },
    { epoch: AS_OF - 30, source: '10.0.0.2', destination: '203.0.113.1', bytes: 50 * MB },
    { epoch: AS_OF - 20, source: null, destination: '203.0.113.3', bytes: 300 * MB },
    { epoch: AS_OF - 10, source: '10.0.0.3', destination: '203.0.113.4', bytes: `nothing ${'long '.repeat(40)}` },
  ]);
  for (let index = 0; index < 5; index++) {
    await insertName(sharedDatabase, wide(1), wide(2), `${'long-name-'.repeat(20)}${index}`, AS_OF - index);
  }
});

function expectToFit(text: string): void {
  for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
}

test('the sample day shows its five leaks and what was counted', async () => {
  const { code, stdout, stderr } = await leaktally(['--demo']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expectToFit(stdout);
  expect(stdout).not.toContain(ESCAPE);
  for (const title of ['Source', 'Destination', 'Total', 'Events', 'Last seen', 'Status'])
    expect(stdout).toContain(title);
  expect(stdout.match(/\bnew$/gm)).toHaveLength(5);
  expect(stdout).toMatch(/^10\.1\.1\.5 +203\.0\.113\.9 +171 MB +12 /m);
  expect(stdout).toContain('upload.files.example.net');
  expect(stdout).toMatch(/105 events matched: 104 counted, 1 unreadable/);
  expect(stdout).toContain('24h');
  expect(stdout).toMatch(/5 leaks above 100 MB/);
  expect(stdout.match(/^ +AS\d+ Example \w+, [A-Z]{2}$/gm)).toHaveLength(5);
});

test('the footer names each policy, as the page does', async ({ tableOf }) => {
  const names = ['Exceeded 5 MB in 5', `Other ${'long '.repeat(20)}`, 'Bell \u0007'];
  const page = join(emptyFolder(), 'page.html');
  const text = await tableOf(...names.flatMap((name) => ['--policy', name]), '--html', page);
  expect(text.match(/^Policy: .*$/gm)).toEqual([
    'Policy: Exceeded 5 MB in 5',
    `Policy: Other ${'long '.repeat(20)}`,
    'Policy: Bell ?',
  ]);
  const shown = parsePage(readFileSync(page, 'utf8')).text;
  for (const name of ['Exceeded 5 MB in 5', 'Other long long', 'Bell ?']) expect(shown).toContain(`Policy ${name}`);
});

test('the demo ignores all other settings and touches nothing they name', async () => {
  const env = { LEAKTALLY_DATABASE_URL: 'mysql://reader@127.0.0.1:9/plixer', LEAKTALLY_SYSLOG: 'tcp://127.0.0.1:9' };
  expect(await leaktally(['--demo'], { env })).toMatchObject({ code: 0, stderr: '' });
});

test('colours: with FORCE_COLOR even in a pipe, never with NO_COLOR', async () => {
  const plain = (await leaktally(['--demo'])).stdout;
  const forced = (await leaktally(['--demo'], { env: { FORCE_COLOR: '1' } })).stdout;
  expect(forced).toContain(`${ESCAPE}[`);
  expect(forced.replace(COLOURS, '')).toBe(plain);
  for (const env of [{ NO_COLOR: '1' }, { NO_COLOR: '1', FORCE_COLOR: '1' }]) {
    expect((await leaktally(['--demo'], { env })).stdout).toBe(plain);
  }
});

test('in a pipe nothing is cut or split, whatever the width', async ({ tableOf }) => {
  for (const groupBy of ['source,destination', 'source', 'destination']) {
    const table = await tableOf('--group-by', groupBy, '--threshold', '1');
    if (groupBy !== 'destination') expect(table).toMatch(new RegExp(`^${wide(1)} `, 'm'));
    if (groupBy !== 'source') expect(table).toContain(` ${wide(2)} `);
    for (const end of [0, 1, 2]) {
      expect(table).toMatch(new RegExp(`^ +${'long-name-'.repeat(20)}${end}$`, 'm'));
    }
    expect(table).toContain('unknown');
  }
});

test('the threshold is shown in the unit that it was given in', async ({ tableOf }) => {
  expect(await tableOf('--threshold', '100MiB')).toMatch(/^\d leaks? above 100 MiB; /m);
  expect(await tableOf('--what-if', '100MiB,1GB')).toMatch(/^ *100 MiB .*\n *1 GB /m);
});

test('grouped by source: how many destinations, the largest and its share', async ({ tableOf }) => {
  const table = await tableOf('--group-by', 'source', '--threshold', '99MB');
  expect(table).toMatch(/^10\.0\.0\.1 +2 destinations +100 MB +2 /m);
  expect(table).toMatch(/70 MB \(70%\)[^\n]*203\.0\.113\.1/);
});

test('grouped by destination: how many sources, the largest and its share', async ({ tableOf }) => {
  const table = await tableOf('--group-by', 'destination', '--threshold', '99MB');
  expect(table).toMatch(/^2 sources +203\.0\.113\.1 +120 MB +2 /m);
  expect(table).toMatch(/70 MB \(58%\)[^\n]*10\.0\.0\.1/);
});

test('without a leak it says so, and still what was counted', async ({ tableOf }) => {
  const table = await tableOf('--threshold', '9007TB', '--window', '25s');
  expect(table).toMatch(/no leaks/i);
  expect(table).toMatch(/2 events matched: 1 counted, 1 unreadable/);
});
