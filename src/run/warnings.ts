import type { Look } from '../leaks/find-leaks.ts';
import type { Tally } from '../model.ts';
import type { Options } from '../options/options.ts';
import { USUAL_GAP_SECONDS } from '../state/catch-up.ts';
import type { Scope } from '../state/schedule.ts';
import { scopeChanges } from '../state/scope-changes.ts';
import type { Terminal } from '../terminal.ts';
import { plural, sanitize } from '../util/text.ts';
import { formatDuration, formatTime } from '../util/units.ts';

/** Says something beside the data, line by line. */
export async function warn(terminal: Terminal, lines: readonly string[]): Promise<void> {
  for (const line of lines) await terminal.err(`leaktally: ${line}\n`);
}

/** What there is to say about a look at the window beside the report. */
export function lookWarnings(options: Options, { tally, unusedExclusions }: Look): string[] {
  return [...scanWarnings(options, tally), ...(options.debug ? exclusionNotices(unusedExclusions) : [])];
}

/** Lines about a completed scan whose silence would look like "all well". */
export function scanWarnings({ policies, windowSeconds }: Scope, { matched, unreadable, samples }: Tally): string[] {
  if (matched === 0) {
    const names = policies.map((policy) => `"${sanitize(policy)}"`).join(' or ');
    return [
      `warning: no event of the last ${formatDuration(windowSeconds)} contains ${names}: was the saved report renamed or stopped? Give its name with --policy`,
    ];
  }
  if (unreadable === matched) {
    return [
      `warning: none of ${plural(matched, 'event')} has a readable sum_octetdeltacount, for example "${samples[0]}": did the message format change?`,
    ];
  }
  return [];
}

/** Names the entries of exclusion lists that are of no use any more, or never were. */
function exclusionNotices(unused: readonly string[]): string[] {
  return unused.length === 0 ? [] : [`nothing in the window is excluded or included by: ${unused.join(', ')}`];
}

/** Says so when a rule's state is continued with other settings than those of its last run. */
export function scopeWarnings(rule: string, now: Scope, before: Scope | null): string[] {
  const changes = before ? scopeChanges(now, before) : [];
  if (changes.length === 0) return [];
  return [
    `rule "${rule}" goes on with other settings than in its last run (${changes.join(', ')}); for what-if questions use --dry-run or another --rule`,
  ];
}

/** Says that missed runs are made up for, and when there is more to make up for than one run may do. */
export function catchUpNotices(since: number | null, times: readonly number[], now: number): string[] {
  const last = times.at(-1) ?? now;
  if (since === null || times.length === 1 || now - since < USUAL_GAP_SECONDS) return [];
  const rest = last < now ? `; the next run goes on from ${formatTime(last)}` : '';
  return [
    `catching up: no run was completed since ${formatTime(since)}, looking at ${times.length} times since then${rest}`,
  ];
}
