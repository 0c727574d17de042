import { lstatSync, readFileSync } from 'node:fs';
import type { Options } from '../options/options.ts';
import { findTime, KEPT_METRICS, renderMetrics } from '../report/metrics.ts';
import { replaceFile } from '../util/atomic-file.ts';
import type { RunOutcome } from './run-outcome.ts';

/** The exporter runs as another user, and the file holds no secrets. */
const WORLD_READABLE = 0o644;

/**
 * Writes the outcome of a run to the metrics file; times of which it has no news, such as the last success after a
 * failure, are kept. Synchronous, because the process may be exiting.
 *
 * @throws FileError when the file cannot be written
 */
export function updateMetricsFile(file: string, options: Options, outcome: RunOutcome, version: string): void {
  const { status, found, alerts } = outcome;
  // The run that is under way writes its own metrics.
  if (status === 'skipped') return;
  const endedAt = Math.floor(Date.now() / 1000);
  const isSuccess = status === 'completed';
  const previous = readPrevious(file);
  const find = (name: keyof typeof KEPT_METRICS) => findTime(previous, KEPT_METRICS[name], options, endedAt);
  const text = renderMetrics({
    version,
    rule: options.rule,
    groupBy: options.groupBy,
    endedAt,
    durationSeconds: Math.round(performance.now()) / 1000, // since the start of the process
    isSuccess,
    lastSuccessAt: isSuccess ? endedAt : find('lastSuccess'),
    newestEventAt: found?.tally.newest ?? find('newestEvent'),
    alerts,
    ipDatabases: new Map(
      outcome.ipDatabases.flatMap(({ path, builtAt }) => (builtAt === null ? [] : [[path, builtAt]])),
    ),
    found: found && { leaks: found.leaks.length, tally: found.tally },
  });
  const staleAfterSeconds = options.timeoutSeconds;
  replaceFile(file, text, { name: 'metrics file', access: WORLD_READABLE, staleAfterSeconds });
}

/** @returns the file's content from an earlier run; empty when it is missing or not readable */
function readPrevious(file: string): string {
  try {
    // Reading a device or a pipe might never end.
    if (!lstatSync(file).isFile()) return '';
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
