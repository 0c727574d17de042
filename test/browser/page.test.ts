import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HtmlValidate } from 'html-validate';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/page/page.ts';
import { entries, LEAK, REPORT } from '../support/builders/example-report.ts';
import { findBarriers } from '../support/command/accessibility.ts';
import type { JsonReport } from '../support/command/json-report.ts';
import { leaktally } from '../support/command/leaktally.ts';
import { contrasts, findOverflow } from '../support/command/page-measures.ts';
import { emptyFolder } from '../support/folders.ts';
import { openFile, startBrowser } from '../support/servers/browser.ts';
import { printedSheets } from '../support/servers/printed-pages.ts';

const PHONE = 320;
const TABLET = 700;
const DESKTOP = 1280;
const SCREENS = [PHONE, TABLET, DESKTOP].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

const LONG_NAME = 'x'.repeat(255);
const ADDRESS = '2001:1db8:aaaa:bbbb:cccc:dddd:eeee:ffff';
const HOSTILE_NAMES = [
  '<img src="http://192.0.2.1/x" onerror="alert(1)">',
  '<script>alert(1)</script>',
  '\u05d0\u05d1.example',
];
const shares = { count: 1_000_000, top: Array.from({ length: 5 }, () => ({ address: ADDRESS, bytes: 1n })) };

let browser: BrowserContext;
let demo: string;
let crowded: string;
let quiet: string;
let many: string;
let report: JsonReport;
beforeAll(async () => {
  const folder = emptyFolder();
  demo = join(folder, 'demo #1.html');
  const { code, stdout, stderr } = await leaktally(['--demo', '--format', 'json', '--html', demo]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  report = JSON.parse(stdout);

  crowded = join(folder, 'crowded.html');
  const names = [...HOSTILE_NAMES, ...Array.from({ length: 20 }, (_, at) => `${at}${LONG_NAME}`.slice(0, 255))];
  const owner = { as: { number: 4_294_967_295, organization: LONG_NAME }, country: 'NL' };
  const leak = { ...LEAK, ...owner, bytes: 2n ** 80n, fqdns: names, growth: { bytes: 2n ** 79n, sinceSeconds: 7 } };
  const leaks = [
    ...(['new', 'grown', 'repeat', 'known'] as const).map((status) => ({
      ...leak,
      status,
      source: ADDRESS,
      destination: ADDRESS,
    })),
    { ...leak, source: null, sources: shares, destination: null, destinations: shares, domain: LONG_NAME },
  ];
  const tally = { ...REPORT.tally, excluded: 1e9, excludedBytes: 2n ** 80n, samples: [LONG_NAME, LONG_NAME] };
  writeFileSync(
    crowded,
    renderHtml({ ...REPORT, leaks: entries(...leaks), tally, policies: [LONG_NAME], rule: 'r'.repeat(64) }),
  );

  quiet = join(folder, 'quiet.html');
  writeFileSync(quiet, renderHtml({ ...REPORT, leaks: [], leaksNow: 0 }, REPORT.asOf - 30));

  many = join(folder, 'many.html');
  const all = Array.from({ length: 300 }, (_, at) => ({
    ...LEAK,
    source: `10.0.${at >> 8}.${at & 255}`,
    ...(at % 3 === 0 && { as: { number: 64_496, organization: 'Example Hosting' }, country: 'NL' }),
    bytes: BigInt(9_000_000_000 - at),
    fqdns: Array.from({ length: at % 10 === 9 ? 100 : 2 }, (_, name) => `name${name}.of${at}.example`),
    ...({ alert: 'sent', alertId: `${at}`.padStart(16, '0') } as const),
  }));
  writeFileSync(many, renderHtml({ ...REPORT, dryRun: false, leaks: entries(...all), leaksNow: 300, watched: [] }));
  browser = await startBrowser();
});
afterAll(() => browser?.close());

async function withPage(file: string, screen: (typeof SCREENS)[number], look: (page: Page) => Promise<void>) {
  const { page, activity } = await openFile(browser, file, screen);
  await look(page);
  await page.close();
  expect(activity).toEqual([]);
}

describe.each(SCREENS)('$width px, $colorScheme', (screen) => {
  test.each(['demo', 'crowded', 'quiet'])('axe-core finds nothing wrong with the %s page, which fits', (name) =>
    withPage({ demo, crowded, quiet }[name] ?? '', screen, async (page) => {
      expect(await findBarriers(page)).toEqual([]);
      expect(await findOverflow(page)).toEqual([]);
      const { least } = await contrasts(page);
      expect(least.ratio, least.text).toBeGreaterThanOrEqual(4.5);
    }),
  );

  test('the sample day shows its leaks, fits and can be read', () =>
    withPage(demo, screen, async (page) => {
      expect(await findOverflow(page)).toEqual([]);
      const articles = page.getByRole('article');
      expect(await articles.count()).toBe(5);
      for (const [at, { source, destination }] of report.leaks.entries()) {
        expect(await articles.nth(at).getByRole('heading').innerText()).toBe(`${at + 1} ${source} → ${destination}`);
        expect(await articles.nth(at).isVisible()).toBe(true);
      }
      const dark = screen.colorScheme === 'dark';
      const { least, backgrounds } = await contrasts(page);
      expect(least.ratio, least.text).toBeGreaterThanOrEqual(4.5);
      expect(Math.max(...backgrounds) < 0.1, 'dark').toBe(dark);
    }));

  test('the longest names and addresses, and names that look like HTML, fit and can be read', () =>
    withPage(crowded, screen, async (page) => {
      await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
      expect(await findOverflow(page)).toEqual([]);
      const { least } = await contrasts(page);
      expect(least.ratio, least.text).toBeGreaterThanOrEqual(4.5);
      for (const name of HOSTILE_NAMES) expect(await page.getByText(name, { exact: true }).count()).toBe(5);
      expect(await page.locator('script, img').count()).toBe(0);
    }));
});

test('html-validate finds nothing wrong with any of the pages', async () => {
  const validator = new HtmlValidate({ extends: ['html-validate:recommended'] });
  for (const file of [demo, crowded, quiet, many]) {
    const { results } = await validator.validateFile(file);
    expect(results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`))).toEqual(
      [],
    );
  }
});

test('the overview leads to the card of an alert, also with its id after the address', () =>
  withPage(many, { width: DESKTOP, colorScheme: 'light' }, async (page) => {
    const topOf = async (number: number) =>
      (
        await page
          .getByRole('article')
          .getByRole('heading', { name: `${number} ` })
          .first()
          .boundingBox()
      )?.y ?? 0;
    expect(await topOf(20)).toBeGreaterThan(800);
    await page.getByRole('link', { name: '20', exact: true }).click();
    expect(page.url()).toMatch(/#alert-0{14}19$/);
    expect(await topOf(20)).toBeLessThan(800);
    // Further down than the cards' 20 is only a row.
    await page.goto(`${page.url().replace(/#.*/, '')}#alert-${'299'.padStart(16, '0')}`);
    expect(await page.locator(':target').innerText()).toContain('10.0.1.43');
  }));

test('the bars of a leak are as high as its bytes over time, and a screen reader sees one picture', () =>
  withPage(demo, { width: DESKTOP, colorScheme: 'light' }, async (page) => {
    const pictures = page.getByRole('img', { name: /^Bytes over time/ });
    expect(await pictures.count()).toBe(report.leaks.length);
    for (const [at, { timeline }] of report.leaks.entries()) {
      const picture = await pictures.nth(at).boundingBox();
      const bars = await Promise.all((await pictures.nth(at).locator('rect').all()).map((bar) => bar.boundingBox()));
      const shown = timeline.map(() => 0);
      for (const bar of bars) {
        if (!bar || !picture) throw new Error('a bar that cannot be seen');
        shown[Math.floor(((bar.x - picture.x) / picture.width) * 24 + 0.1)] = bar.height;
      }
      const highest = Math.max(...shown);
      expect(highest).toBeGreaterThan(40);
      const most = Math.max(...timeline);
      const error = timeline.map((bytes, step) => Math.abs((shown[step] ?? 0) - (bytes / most) * highest));
      expect(Math.max(...error)).toBeLessThan(1);
    }
  }));

test('on paper it is black on white, with every name, even for a reader who prefers dark', () =>
  withPage(crowded, { width: 700, colorScheme: 'dark' }, async (page) => {
    const hidden = page.getByText(`19${LONG_NAME}`.slice(0, 255), { exact: true }).first();
    const isShown = () => hidden.evaluate((item) => item.checkVisibility());
    expect(await isShown()).toBe(false);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await isShown()).toBe(true);
    expect(await findOverflow(page)).toEqual([]);
    const { least, backgrounds } = await contrasts(page);
    expect(least.ratio, least.text).toBeGreaterThanOrEqual(4.5);
    expect(Math.max(...backgrounds)).toBe(1);
    expect(await findBarriers(page)).toEqual([]);
  }));

test('300 leaks are a few sheets of paper, and no card or row is broken over two', () =>
  withPage(many, { width: 700, colorScheme: 'light' }, async (page) => {
    const sheets = await printedSheets(page);
    expect(sheets.length).toBeLessThanOrEqual(15);
    const sheetWith = (text: string) => sheets.findIndex((sheet) => sheet.includes(text));
    for (let at = 0; at < 20; at++) {
      // The first and the last line of a card.
      const total = `${(9_000_000_000 - at).toLocaleString('en-US')} bytes`;
      const lastName = `name${at % 10 === 9 ? 99 : 1}.of${at}.example`;
      expect(sheetWith(total), total).toBeGreaterThanOrEqual(0);
      expect(sheetWith(lastName), lastName).toBe(sheetWith(total));
    }
    // Each sheet of the overview begins with its head.
    const overview = sheets.filter((sheet) => /^ *\d+ +10\.0\.\d+\.\d+ +203/m.test(sheet));
    for (const sheet of overview) expect(sheet).toMatch(/No\. +Source +Destination +Owner +Total +Status +Alert/);
    expect(overview.join('').match(/^ *\d+ +10\.0\.\d+\.\d+ +203/gm)).toHaveLength(300);
  }));

test('anything that slipped into the page would be neither run nor loaded', async () => {
  let loaded = 0;
  const server = createServer((_, response) => {
    loaded++;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const forged = `<main><img src="http://127.0.0.1:${port}/x"><script>document.title = 'forged'</script>`;
  const page = readFileSync(demo, 'utf8').replace('<main>', forged);
  const titleOf = async (text: string) => {
    const file = join(emptyFolder(), 'forged.html');
    writeFileSync(file, text);
    return (await openFile(browser, file, { width: DESKTOP })).page.title();
  };
  expect(await titleOf(page)).toMatch(/^5 leaks/);
  expect(loaded).toBe(0);
  // Without the page's policy they would be.
  expect(await titleOf(page.replace(/<meta http-equiv[^>]*>/, ''))).toBe('forged');
  expect(loaded).toBe(1);
  server.close();
});
