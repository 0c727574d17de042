import type { Database } from '../db/database.ts';
import type { Report } from '../model.ts';
import type { Options } from '../options/options.ts';
import { newestEpoch } from '../scrutinizer/events-query.ts';

/**
 * Writes the report as an HTML page if requested. Host names are sensitive, so a new file is owner-only; an existing
 * one of our own keeps its permissions.
 *
 * @param report null when the run failed before it had one
 * @param source null when it cannot be relied on any more
 * @throws FileError when the page cannot be written
 */
export async function writePage(
  { html, timeoutSeconds }: Options,
  report: Report | null,
  source: Database | null,
): Promise<void> {
  if (html === null || report === null) return;
  const { replaceFile } = await import('../util/atomic-file.ts');
  const newest = report.leaks.length === 0 && source ? await newestEpoch(source, report.asOf).catch(() => null) : null;
  const { renderHtml } = await import('../report/page/page.ts');
  replaceFile(html, renderHtml(report, newest), { name: 'page', access: 'kept', staleAfterSeconds: timeoutSeconds });
}
