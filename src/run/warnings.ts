import type { Findings } from '../leaks/findings.ts';
import type { Tally } from '../model.ts';
import { describeException, endedExceptions } from '../options/exceptions.ts';
import type { Options } from '../options/options.ts';
import type { Scope } from '../state/schedule.ts';
import { scopeChanges } from '../state/scope-changes.ts';
import type { Terminal } from '../terminal.ts';
import { plural, sanitize } from '../util/text.ts';
import { formatDuration } from '../util/units.ts';

/** Prints lines to stderr. */
export async function warn(terminal: Terminal, lines: readonly string[]): Promise<void> {
  for (const line of lines) await terminal.err(`leaktally: ${line}\n`);
}

/** Warnings that go with the report. */
export function lookWarnings(options: Options, findings: Findings): string[] {
  return [
    ...scanWarnings(options, findings.tally),
    ...endedNotices(options, findings.asOf),
    ...unusedNotices(options, findings),
  ];
}

/** A network may be quiet for hours, but hardly for a whole day. */
const DAY_SECONDS = 86_400;

/** Tells whether --fail-if-stale makes a window without an event of the policy a failure. */
export function failsWithoutEvents({ failIfStaleSeconds, windowSeconds }: ScanOptions): boolean {
  return failIfStaleSeconds !== null && windowSeconds >= DAY_SECONDS;
}

/** Says that the window has no event of the policy. */
export function describeNoEvents({ policies, windowSeconds }: Scope): string {
  const names = policies.map((policy) => `"${sanitize(policy)}"`).join(' or ');
  return `no event in the last ${formatDuration(windowSeconds)} contains ${names}, so no new leak can be found; check whether the saved report was renamed or stopped, and set its name with --policy`;
}

type ScanOptions = Scope & Pick<Options, 'failIfStaleSeconds'>;

/** Warns about scans without a usable event, which would otherwise look as if all were well. */
export function scanWarnings(options: ScanOptions, { matched, unreadable, samples }: Tally): string[] {
  // A failure says the same, and later.
  if (matched === 0) return failsWithoutEvents(options) ? [] : [describeNoEvents(options)];
  if (unreadable === matched) {
    return [
      `none of ${plural(matched, 'event')} has a readable sum_octetdeltacount, so no new leak can be found; check the columns of the saved report (a message has "${samples[0]}")`,
    ];
  }
  return [];
}

/** With --debug: the exceptions that no longer hold at a look (Unix seconds). */
export function endedNotices({ debug, exceptions }: Options, look: number): string[] {
  const ended = debug ? endedExceptions(exceptions, look) : [];
  return ended.length === 0 ? [] : [`exceptions that have ended: ${ended.map(describeException).join(', ')}`];
}

function unusedNotices({ debug }: Options, { unusedExceptions }: Findings): string[] {
  if (!debug || unusedExceptions.length === 0) return [];
  return [`exceptions that match nothing in the window: ${unusedExceptions.join(', ')}`];
}

/** Warns when a rule's settings differ from those of its last run. */
export function scopeWarnings(rule: string, now: Scope, before: Scope | null): string[] {
  const changes = before ? scopeChanges(now, before) : [];
  if (changes.length === 0) return [];
  return [
    `rule "${rule}" continues with settings that differ from its last run (${changes.join(', ')}); to try out settings, use --dry-run or another --rule`,
  ];
}
