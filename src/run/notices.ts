import type { Evaluation } from '../leaks/find-leaks.ts';
import type { Options } from '../options/options.ts';
import type { Terminal } from '../terminal.ts';
import { exclusionNotices, scanWarnings } from './warnings.ts';

/** What there is to say about a look at the window beside the report. */
export function notices(options: Options, { tally, unusedExclusions }: Evaluation): string[] {
  return [...scanWarnings(options, tally), ...(options.debug ? exclusionNotices(unusedExclusions) : [])];
}

/** Says something beside the data, line by line. */
export async function warn(terminal: Terminal, lines: readonly string[]): Promise<void> {
  for (const line of lines) await terminal.err(`leaktally: ${line}\n`);
}
