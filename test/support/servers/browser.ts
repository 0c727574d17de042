import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { emptyFolder } from '../folders.ts';
import { CHROMIUM } from './install.ts';

/** An open page, and what it tried to do besides being read. */
export interface OpenPage {
  readonly page: Page;
  /** The addresses it requested, and what it wrote to the console. */
  readonly activity: readonly string[];
}

/** Debian's Chromium with an empty profile and without background requests. */
export function startBrowser(): Promise<BrowserContext> {
  return chromium.launchPersistentContext(emptyFolder(), {
    executablePath: CHROMIUM.binary,
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/** Opens a file; its own address does not count as activity. */
export async function openFile(
  browser: BrowserContext,
  file: string,
  { width, colorScheme = 'light' }: { width: number; colorScheme?: 'light' | 'dark' },
): Promise<OpenPage> {
  const page = await browser.newPage();
  const { href } = pathToFileURL(file);
  const activity: string[] = [];
  page.on('request', (request) => {
    if (request.url() !== href) activity.push(request.url());
  });
  page.on('console', (message) => activity.push(message.text()));
  page.on('pageerror', ({ message }) => activity.push(message));
  page.on('dialog', (dialog) => activity.push(dialog.message()));
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme });
  await page.goto(href, { waitUntil: 'load' });
  return { page, activity };
}
