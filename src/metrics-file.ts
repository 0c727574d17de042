import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { MetricsError } from './errors.ts';
import type { RunFacts } from './facts.ts';
import type { Options } from './options.ts';
import { findLastSuccess, renderMetrics } from './report/metrics.ts';

/** The exporter runs as another user, and nothing in the file is secret. */
const READABLE_BY_ALL = 0o644;

/**
 * Writes what became of a run into the metrics file, where the last success of an earlier run stays. Synchronous, for a
 * process that is about to end.
 *
 * @throws MetricsError when the file cannot be written
 */
export function updateMetricsFile(file: string, options: Options, facts: RunFacts, version: string): void {
  const { outcome, found } = facts;
  // The metrics of the run that is under way are its own.
  if (outcome === 'skipped') return;
  const endedAt = Math.floor(Date.now() / 1000);
  const [sent, failed] = [facts.countAlerts('sent'), facts.countAlerts('failed')];
  try {
    refuseOtherThanFile(file);
    const isSuccess = outcome === 'completed';
    const text = renderMetrics({
      version,
      rule: options.rule,
      groupBy: options.groupBy,
      endedAt,
      durationSeconds: Math.round(performance.now()) / 1000, // since the process was started
      isSuccess,
      lastSuccessAt: isSuccess ? endedAt : findLastSuccess(readPrevious(file), options, endedAt),
      alerts: { sent, failed, due: facts.alerts.size - sent },
      found: found && { leaks: found.leaks.length, tally: found.tally },
    });
    replaceFile(file, text);
  } catch (error) {
    const { code = (error as Error).message } = error as NodeJS.ErrnoException;
    throw new MetricsError(
      `metrics file ${file} cannot be written (${code}): check the path and the permissions of its folder`,
      { cause: error },
    );
  }
}

/** @returns the text that an earlier run left; empty when there is none or it may not be read */
function readPrevious(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A device or a pipe would be read for ever, and replaced by a file; so would a link. */
function refuseOtherThanFile(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) throw new Error('it is not a regular file');
}

/** A reader sees the old file or the new one, never a part. */
function replaceFile(file: string, text: string): void {
  // A name that does not end in .prom, so that the exporter does not read it half written.
  const temporary = `${file}.${randomUUID()}.tmp`;
  const descriptor = openSync(temporary, 'wx');
  try {
    try {
      fchmodSync(descriptor, READABLE_BY_ALL); // openSync's mode is subject to the umask
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
