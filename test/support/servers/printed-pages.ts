import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { emptyFolder } from '../folders.ts';
import { PDFTOTEXT } from './install.ts';

/** Prints a page on A4. @returns the text of each sheet */
export async function printedSheets(page: Page): Promise<string[]> {
  const file = join(emptyFolder(), 'page.pdf');
  writeFileSync(file, await page.pdf({ format: 'A4' }));
  const text = execFileSync(PDFTOTEXT.binary, ['-layout', file, '-'], { encoding: 'utf8', maxBuffer: 1e8 });
  // Each sheet ends with a form feed.
  return text.split('\f').slice(0, -1);
}
