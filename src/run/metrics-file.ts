import { lstatSync, readFileSync } from 'node:fs';
import type { Options } from '../options/options.ts';
import { findLastSuccess, renderMetrics } from '../report/metrics.ts';
import { replaceFile } from '../util/atomic-file.ts';
import type { RunOutcome } from './run-outcome.ts';

/** The exporter runs as another user, and nothing in the file is secret. */
const READABLE_BY_ALL = 0o644;

/**
 * Writes what became of a run into the metrics file, where the last success of an earlier run stays. Synchronous, for a
 * process that is about to end.
 *
 * @throws FileError when the file cannot be written
 */
export function updateMetricsFile(file: string, options: Options, outcome: RunOutcome, version: string): void {
  const { status, found } = outcome;
  // The metrics of the run that is under way are its own.
  if (status === 'skipped') return;
  const endedAt = Math.floor(Date.now() / 1000);
  const [sent, failed] = [outcome.countAlerts('sent'), outcome.countAlerts('failed')];
  const isSuccess = status === 'completed';
  const text = renderMetrics({
    version,
    rule: options.rule,
    groupBy: options.groupBy,
    endedAt,
    durationSeconds: Math.round(performance.now()) / 1000, // since the process was started
    isSuccess,
    lastSuccessAt: isSuccess ? endedAt : findLastSuccess(readPrevious(file), options, endedAt),
    alerts: { sent, failed, due: outcome.alerts.size - sent },
    found: found && { leaks: found.leaks.length, tally: found.tally },
  });
  replaceFile('metrics file', file, text, READABLE_BY_ALL);
}

/** @returns the text that an earlier run left; empty when there is none or it may not be read */
function readPrevious(file: string): string {
  try {
    // A device or a pipe would be read for ever.
    if (!lstatSync(file).isFile()) return '';
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
