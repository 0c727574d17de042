import type { Report } from '../model.ts';
import type { Options } from '../options/options.ts';

/**
 * Writes the report as a page, where that is asked for. The host names in it are nobody else's business, so a new file is
 * for its owner alone; who may read one that is there stays as it is.
 *
 * @param report null when the run did not come as far as that
 * @throws FileError when the page cannot be written
 */
export async function writePage({ html }: Options, report: Report | null): Promise<void> {
  if (html === null || report === null) return;
  const { replaceFile } = await import('../util/atomic-file.ts');
  const { renderHtml } = await import('../report/page/page.ts');
  replaceFile('page', html, renderHtml(report), 'kept');
}
